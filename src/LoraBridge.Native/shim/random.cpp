// Generators and their state.
LB_API int lb_new_generator(int32_t device_type, int32_t device_index, int64_t seed, void** out) {
    return guard([&] {
        auto type = static_cast<c10::DeviceType>(device_type);
        // clone() leaves one reference too many, and a CPU generator is 2.5 KB
        auto generator = type == c10::DeviceType::CPU
            ? at::detail::createCPUGenerator()
            : at::globalContext().defaultGenerator(c10::Device(type, static_cast<c10::DeviceIndex>(device_index))).clone();
        {
            std::lock_guard<std::mutex> lock(generator.mutex());
            generator.set_current_seed(static_cast<uint64_t>(seed));
        }
        *out = new at::Generator(generator);
    });
}
LB_API int lb_default_generator(int32_t device_type, int32_t device_index, void** out) {
    return guard([&] {
        *out = new at::Generator(at::globalContext().defaultGenerator(c10::Device(static_cast<c10::DeviceType>(device_type), static_cast<c10::DeviceIndex>(device_index))));
    });
}
LB_API void lb_free_generator(void* generator) { delete static_cast<at::Generator*>(generator); }
LB_API int lb_generator_set_seed(void* generator, int64_t seed) {
    return guard([&] {
        auto& g = *static_cast<at::Generator*>(generator);
        std::lock_guard<std::mutex> lock(g.mutex());
        g.set_current_seed(static_cast<uint64_t>(seed));
    });
}
LB_API int lb_generator_draw_seed(void* generator, int64_t* out) {
    return guard([&] {
        auto& g = *static_cast<at::Generator*>(generator);
        std::lock_guard<std::mutex> lock(g.mutex());
        *out = static_cast<int64_t>(g.seed());
    });
}
LB_API int lb_generator_seed(void* generator, int64_t* out) {
    return guard([&] { *out = static_cast<int64_t>(static_cast<at::Generator*>(generator)->current_seed()); });
}
LB_API int lb_generator_state(void* generator, void** out) {
    return guard([&] {
        auto& g = *static_cast<at::Generator*>(generator);
        std::lock_guard<std::mutex> lock(g.mutex());
        *out = give(g.get_state());
    });
}
LB_API int lb_generator_set_state(void* generator, void* state) {
    return guard([&] {
        auto& g = *static_cast<at::Generator*>(generator);
        std::lock_guard<std::mutex> lock(g.mutex());
        g.set_state(borrow(state));
    });
}
LB_API int lb_manual_seed(int64_t seed) {
    return guard([&] { at::manual_seed(static_cast<uint64_t>(seed)); });
}
