// One translation unit: libtorch's headers take most of the compile time, so they are read once.
#include "shim.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/engine.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/grad_mode.h>
#include <torch/csrc/autograd/variable.h>
#if __has_include(<torch/csrc/api/include/torch/version.h>)
#include <torch/csrc/api/include/torch/version.h>
#else
#include <torch/version.h>
#endif
#ifdef LORABRIDGE_ACCELERATOR_STATS // set by build-shim.sh where the header has memory figures
#include <ATen/DeviceAccelerator.h>
#endif

#include <dlfcn.h>
#include <malloc.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#define LB_TORCH (TORCH_VERSION_MAJOR * 100 + TORCH_VERSION_MINOR)

#include "errors.cpp"
#include "tensors.cpp"
#include "operators.cpp"
#include "autograd.cpp"
#include "random.cpp"
#include "machine.cpp"
#include "memory.cpp"
#include "kernels.cpp"
