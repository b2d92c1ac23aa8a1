import { onMounted, watchEffect } from 'vue';
import { useData, type Theme } from 'vitepress';
import theme from 'vitepress/theme-without-fonts';
import 'katex/dist/katex.min.css';
import './style.css';

export default {
  extends: theme,
  setup() {
    const { frontmatter } = useData();
    // The home page of the theme says to nobody where its contents are.
    onMounted(() =>
      watchEffect(
        () => {
          const content = document.getElementById('VPContent');
          if (frontmatter.value.layout === 'home') content?.setAttribute('role', 'main');
          else content?.removeAttribute('role');
        },
        { flush: 'post' },
      ),
    );
  },
} satisfies Theme;
