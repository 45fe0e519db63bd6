// Fast paths for the CPU where this libtorch has none: compiled once per instruction set, chosen by what the CPU has.
// They serve inference: no gradient is recorded.
#include <cmath>
#include <memory>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace {

struct AttentionShape {
    int64_t batch, heads, queries, keys, width;
    int64_t query_batch_stride, query_stride, key_batch_stride, key_stride, value_batch_stride, value_stride;
    float scale;
};

} // namespace

#if defined(__x86_64__)
#define LB_WIDTH 16
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma,f16c")
namespace lb_avx512_bf16 {
#define LB_BF16_DOT
#include "vector.inc"
#include "attention.inc"
#include "norms.inc"
#undef LB_BF16_DOT
} // namespace lb_avx512_bf16
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,fma,f16c")
namespace lb_avx512 {
#include "vector.inc"
#include "attention.inc"
#include "norms.inc"
} // namespace lb_avx512
#pragma GCC pop_options
#undef LB_WIDTH
#define LB_WIDTH 8
#pragma GCC push_options
#pragma GCC target("avx2,fma,f16c")
namespace lb_avx2 {
#include "vector.inc"
#include "attention.inc"
#include "norms.inc"
} // namespace lb_avx2
#pragma GCC pop_options
#undef LB_WIDTH
#endif
#define LB_WIDTH 4
namespace lb_plain {
#include "vector.inc"
#include "attention.inc"
#include "norms.inc"
} // namespace lb_plain

namespace {

enum InstructionSet { PLAIN, AVX2, AVX512, AVX512_BF16 };

InstructionSet instruction_set() {
    static const InstructionSet set = [] {
#if defined(__x86_64__)
        __builtin_cpu_init();
        bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
        if (wide && __builtin_cpu_supports("avx512bf16")) return AVX512_BF16;
        if (wide) return AVX512;
        if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return AVX2;
#endif
        return PLAIN;
    }();
    return set;
}

#if defined(__x86_64__)
#define LB_DISPATCH(call)                                      \
    do switch (instruction_set()) {                            \
        case AVX512_BF16: lb_avx512_bf16::call; break;         \
        case AVX512: lb_avx512::call; break;                   \
        case AVX2: lb_avx2::call; break;                       \
        default: lb_plain::call;                               \
        }                                                      \
    while (0)
#else
#define LB_DISPATCH(call) lb_plain::call
#endif

void require(bool condition, const char* text) {
    if (!condition) throw std::runtime_error(text);
}

void require_cpu(const Tensor& x) { require(x.device().is_cpu() && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16), "this kernel takes float32 and bfloat16 tensors on the CPU"); }

Tensor as_float(const Tensor& x, int64_t count, float otherwise) {
    return x.defined() ? x.to(at::kFloat).contiguous() : at::full({count}, otherwise);
}

} // namespace

LB_API const char* lb_kernel_instructions() {
    static const char* names[] = {"plain", "avx2", "avx512", "avx512_bf16"};
    return names[instruction_set()];
}

// q (B, S, N*d), k and v (B, T, N*d), the last dimension contiguous; out (B, S, N*d) is new
LB_API int lb_attention(void* query, void* key, void* value, int64_t heads, void** out) {
    return guard([&] {
        at::AutoDispatchBelowADInplaceOrView no_record;
        auto q = borrow(query), k = borrow(key), v = borrow(value);
        require_cpu(q);
        require(q.dim() == 3 && k.dim() == 3 && v.dim() == 3 && q.size(2) % heads == 0 && k.size(2) == q.size(2) && v.size(2) == q.size(2) && k.size(1) == v.size(1) && k.size(0) == q.size(0) && v.size(0) == q.size(0) && k.size(1) > 0,
                "attention takes q (B, S, C), k and v (B, T, C) with C divisible by the heads");
        require(k.scalar_type() == q.scalar_type() && v.scalar_type() == q.scalar_type(), "attention takes q, k and v of one type");
        auto prepare = [](Tensor& x) { if (x.stride(2) != 1) x = x.contiguous(); };
        prepare(q), prepare(k), prepare(v);
        auto result = at::empty({q.size(0), q.size(1), q.size(2)}, q.options());
        AttentionShape s{q.size(0), heads, q.size(1), k.size(1), q.size(2) / heads, q.stride(0), q.stride(1), k.stride(0), k.stride(1), v.stride(0), v.stride(1), 0};
        s.scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(s.width)));
        if (q.scalar_type() == at::kFloat) {
            auto qp = q.data_ptr<float>(), kp = k.data_ptr<float>(), vp = v.data_ptr<float>(), op = result.data_ptr<float>();
            LB_DISPATCH(attend<float>(s, qp, kp, vp, op));
        } else {
            auto qp = reinterpret_cast<uint16_t*>(q.data_ptr()), kp = reinterpret_cast<uint16_t*>(k.data_ptr()), vp = reinterpret_cast<uint16_t*>(v.data_ptr()), op = reinterpret_cast<uint16_t*>(result.data_ptr());
#if defined(__x86_64__)
            if (instruction_set() == AVX512_BF16) lb_avx512_bf16::attend<uint32_t>(s, qp, kp, vp, op);
            else
#endif
            LB_DISPATCH(attend<float>(s, qp, kp, vp, op));
        }
        *out = give(std::move(result));
    });
}

// x (B, C, ...) contiguous
LB_API int lb_group_norm(void* input, int64_t groups, void* weight, void* bias, double eps, int32_t with_silu, void** out) {
    return guard([&] {
        at::AutoDispatchBelowADInplaceOrView no_record;
        auto x = borrow(input).contiguous();
        require_cpu(x);
        require(x.dim() >= 2 && groups > 0 && x.size(1) % groups == 0 && x.numel() > 0, "group norm takes x (B, C, ...) with C divisible by the groups");
        auto w = as_float(borrow(weight), x.size(1), 1), b = as_float(borrow(bias), x.size(1), 0);
        auto result = at::empty(x.sizes(), x.options());
        int64_t channels = x.size(1) / groups, area = x.numel() / x.size(0) / x.size(1);
        if (x.scalar_type() == at::kFloat) LB_DISPATCH(group_norm(x.data_ptr<float>(), result.data_ptr<float>(), x.size(0) * groups, groups, channels, area, w.data_ptr<float>(), b.data_ptr<float>(), eps, with_silu != 0));
        else LB_DISPATCH(group_norm(reinterpret_cast<uint16_t*>(x.data_ptr()), reinterpret_cast<uint16_t*>(result.data_ptr()), x.size(0) * groups, groups, channels, area, w.data_ptr<float>(), b.data_ptr<float>(), eps, with_silu != 0));
        *out = give(std::move(result));
    });
}

// over the last dimension
LB_API int lb_layer_norm(void* input, void* weight, void* bias, double eps, void** out) {
    return guard([&] {
        at::AutoDispatchBelowADInplaceOrView no_record;
        auto x = borrow(input).contiguous();
        require_cpu(x);
        require(x.dim() >= 1 && x.numel() > 0, "layer norm takes x (..., C)");
        int64_t width = x.size(-1);
        auto w = as_float(borrow(weight), width, 1), b = as_float(borrow(bias), width, 0);
        auto result = at::empty(x.sizes(), x.options());
        if (x.scalar_type() == at::kFloat) LB_DISPATCH(layer_norm(x.data_ptr<float>(), result.data_ptr<float>(), x.numel() / width, width, w.data_ptr<float>(), b.data_ptr<float>(), eps));
        else LB_DISPATCH(layer_norm(reinterpret_cast<uint16_t*>(x.data_ptr()), reinterpret_cast<uint16_t*>(result.data_ptr()), x.numel() / width, width, w.data_ptr<float>(), b.data_ptr<float>(), eps));
        *out = give(std::move(result));
    });
}

// x (..., 2*C) to (..., C)
LB_API int lb_geglu(void* input, void** out) {
    return guard([&] {
        at::AutoDispatchBelowADInplaceOrView no_record;
        auto x = borrow(input).contiguous();
        require_cpu(x);
        require(x.dim() >= 1 && x.size(-1) % 2 == 0 && x.numel() > 0, "GEGLU takes x (..., 2 C)");
        auto sizes = x.sizes().vec();
        sizes.back() /= 2;
        auto result = at::empty(sizes, x.options());
        if (x.scalar_type() == at::kFloat) LB_DISPATCH(geglu(x.data_ptr<float>(), result.data_ptr<float>(), x.numel() / x.size(-1), sizes.back()));
        else LB_DISPATCH(geglu(reinterpret_cast<uint16_t*>(x.data_ptr()), reinterpret_cast<uint16_t*>(result.data_ptr()), x.numel() / x.size(-1), sizes.back()));
        *out = give(std::move(result));
    });
}
