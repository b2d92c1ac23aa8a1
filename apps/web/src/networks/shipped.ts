import student from '../../../cli/assets/fashion-mnist-student.safetensors?url';
import teacher from '../../../cli/assets/fashion-mnist-teacher.safetensors?url';

/** The networks that come with the program, as addresses beside this page. */
export const SHIPPED = { student, teacher } as const;
