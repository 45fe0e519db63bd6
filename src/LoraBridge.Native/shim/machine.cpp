// Threads, devices, memory, settings.
namespace {

// a symbol of the libraries behind this one (OpenBLAS, the CUDA runtime), whatever scope the host loaded us into
void* behind(const char* name) {
    static void* self = [] {
        Dl_info info;
        return dladdr(reinterpret_cast<void*>(&behind), &info) ? dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD) : nullptr;
    }();
    return self ? dlsym(self, name) : nullptr;
}

} // namespace

LB_API int lb_threads(int32_t* out) {
    return guard([&] { *out = at::get_num_threads(); });
}
LB_API int lb_set_threads(int32_t count) {
    return guard([&] {
        at::set_num_threads(count);
        // pthread builds of OpenBLAS keep a pool of their own
        if (auto set = reinterpret_cast<void (*)(int)>(behind("openblas_set_num_threads"))) set(count);
    });
}

LB_API int lb_cuda_available(int32_t* out) {
    return guard([&] { *out = at::globalContext().hasCUDA(); });
}
LB_API int lb_cudnn_available(int32_t* out) {
    return guard([&] { *out = at::globalContext().hasCUDA() && at::detail::getCUDAHooks().hasCuDNN(); });
}
LB_API int lb_cuda_count(int32_t* out) {
    return guard([&] { *out = at::globalContext().hasCUDA() ? static_cast<int32_t>(at::detail::getCUDAHooks().getNumGPUs()) : 0; });
}
LB_API int lb_cuda_synchronize(int32_t index) {
    return guard([&] { at::detail::getCUDAHooks().deviceSynchronize(static_cast<c10::DeviceIndex>(std::max(index, 0))); });
}
LB_API int lb_cuda_manual_seed(int64_t seed, int32_t index) {
    return guard([&] {
        if (!at::globalContext().hasCUDA()) return;
        auto generator = at::globalContext().defaultGenerator(c10::Device(c10::DeviceType::CUDA, static_cast<c10::DeviceIndex>(index)));
        std::lock_guard<std::mutex> lock(generator.mutex());
        generator.set_current_seed(static_cast<uint64_t>(seed));
    });
}

// bytes: allocated now and at most, reserved now and at most, free and total on the device; -1 where unknown
LB_API int lb_cuda_memory(int32_t index, int64_t* figures) {
    for (int i = 0; i < 6; i++) figures[i] = -1;
    return guard([&] {
        if (!at::globalContext().hasCUDA()) return;
#ifdef LORABRIDGE_ACCELERATOR_STATS
        auto stats = at::accelerator::getDeviceStats(static_cast<c10::DeviceIndex>(index));
        figures[0] = stats.allocated_bytes[0].current;
        figures[1] = stats.allocated_bytes[0].peak;
        figures[2] = stats.reserved_bytes[0].current;
        figures[3] = stats.reserved_bytes[0].peak;
#endif
        // the runtime that libtorch_cuda brought in: no CUDA headers needed
        auto set = reinterpret_cast<int (*)(int)>(behind("cudaSetDevice"));
        auto read = reinterpret_cast<int (*)(size_t*, size_t*)>(behind("cudaMemGetInfo"));
        size_t free_bytes = 0, total_bytes = 0;
        if (set && read && set(index) == 0 && read(&free_bytes, &total_bytes) == 0) {
            figures[4] = static_cast<int64_t>(free_bytes);
            figures[5] = static_cast<int64_t>(total_bytes);
        }
    });
}
LB_API int lb_cuda_reset_peak(int32_t index) {
    return guard([&] {
#ifdef LORABRIDGE_ACCELERATOR_STATS
        if (at::globalContext().hasCUDA()) at::accelerator::resetPeakStats(static_cast<c10::DeviceIndex>(index));
#endif
    });
}
LB_API int lb_cuda_empty_cache() {
    return guard([&] {
#ifdef LORABRIDGE_ACCELERATOR_STATS
        if (at::globalContext().hasCUDA()) at::accelerator::emptyCache();
#endif
    });
}

LB_API int lb_allow_tf32(int32_t value) {
    return guard([&] {
#if LB_TORCH < 209
        at::globalContext().setAllowTF32CuBLAS(value != 0);
        at::globalContext().setAllowTF32CuDNN(value != 0);
#else
        at::globalContext().setFloat32MatmulPrecision(value ? "high" : "highest");
#endif
    });
}
