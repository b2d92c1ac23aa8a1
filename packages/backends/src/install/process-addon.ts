/**
 * A small Node addon in C++, for what JavaScript cannot do to its process. `quietly(work)` calls a function while what the process writes to
 * its standard error goes nowhere. `setVariable(name, value)` sets an environment variable of the process, from any thread.
 *
 * TensorFlow writes its first messages while its libraries are being loaded, before it has read TF_CPP_MIN_LOG_LEVEL, and straight to the
 * file descriptor. The `process.env` of a worker thread is a copy that libraries do not see.
 */
export const PROCESS_ADDON = `
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>
#include <node_api.h>

static napi_value Quietly(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value work, self, result = nullptr;
  napi_get_cb_info(env, info, &count, &work, &self, nullptr);
  const int kept = dup(STDERR_FILENO);
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (kept >= 0 && nowhere >= 0) dup2(nowhere, STDERR_FILENO);
  napi_call_function(env, self, work, 0, nullptr, &result);
  if (kept >= 0) dup2(kept, STDERR_FILENO);
  if (kept >= 0) close(kept);
  if (nowhere >= 0) close(nowhere);
  return result;
}

static napi_value SetVariable(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2];
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  char text[2][256] = {{0}, {0}};
  for (size_t i = 0; i < count; i++) napi_get_value_string_utf8(env, arguments[i], text[i], sizeof(text[i]), nullptr);
  setenv(text[0], text[1], 1);
  return nullptr;
}

static napi_value Init(napi_env env, napi_value exports) {
  napi_value function;
  napi_create_function(env, "quietly", NAPI_AUTO_LENGTH, Quietly, nullptr, &function);
  napi_set_named_property(env, exports, "quietly", function);
  napi_create_function(env, "setVariable", NAPI_AUTO_LENGTH, SetVariable, nullptr, &function);
  napi_set_named_property(env, exports, "setVariable", function);
  return exports;
}

NAPI_MODULE(NODE_GYP_MODULE_NAME, Init)
`;
