// The C interface between LoraBridge and libtorch, the same for 1.13 to 2.14.
// Every operator is called through one entry, lb_call, by its schema name; the rest is what is no operator.
// A tensor is an owned c10::TensorImpl*: who receives one releases it with lb_release.
// A function that returns int returns 0, or -1 after an exception whose text lb_last_error() gives to the same thread.
#pragma once
#include <cstdint>

#define LB_API extern "C" __attribute__((visibility("default")))

// Raised whenever an entry or a layout changes; the managed side refuses another number.
#define LB_ABI_VERSION 2

enum LbTag : int32_t {
    LB_NONE, LB_TENSOR, LB_INT, LB_DOUBLE, LB_BOOL, LB_INTS, LB_DOUBLES, LB_TENSORS, LB_OPTIONAL_TENSORS,
    LB_STRING, LB_DEVICE, LB_GENERATOR, LB_DEFAULT, LB_BOOLS
};

// One argument or result. A list is (pointer, count); a device is (type, index); a string is (UTF-8, bytes).
struct LbArgument {
    int32_t tag;
    int32_t count;
    union {
        int64_t integer;
        double real;
        void* pointer;
    };
};

enum LbErrorKind : int32_t { LB_ERROR = 1, LB_OUT_OF_MEMORY = 2 };

// A managed function of an autograd node: fills gradients_in (owned, null for none) from gradients_out (owned by the callee).
// Returns non-zero after writing a message of at most capacity bytes, terminated.
typedef int (*LbBackward)(void* context, void** gradients_out, int32_t count_out, void** gradients_in, int32_t count_in, char* message, int32_t capacity);
typedef void (*LbContextCallback)(void* context);
