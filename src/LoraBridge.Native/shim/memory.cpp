// Memory of tensors on the processor. The C heap maps a large block anew at every allocation and gives it back when it is freed, so that the
// kernel clears every page of every activation again: a fifth of a training step. Freed blocks are kept here instead and used again.
namespace {

class KeptMemory final : public c10::Allocator {
public:
    // raw_deleter promises that a tensor's pointer is the context, so the size stands before it
    static constexpr size_t header = 64, least_kept = size_t(1) << 20;

    // both, for libtorch made the base's one non-const on the way; each of them overrides or is a plain member
    c10::DataPtr allocate(size_t bytes) const { return give(bytes); }
    c10::DataPtr allocate(size_t bytes) { return give(bytes); }
    void copy_data(void* to, const void* from, size_t count) const { memcpy(to, from, count); }
    c10::DeleterFnPtr raw_deleter() const override { return &take; }

    static void release() {
        std::lock_guard<std::mutex> lock(state().mutex);
        state().most_used = state().used;
        while (!state().kept.empty()) drop(std::prev(state().kept.end()));
    }

    static void figures(int64_t* out) {
        std::lock_guard<std::mutex> lock(state().mutex);
        out[0] = static_cast<int64_t>(state().used);
        out[1] = static_cast<int64_t>(state().kept_bytes);
    }

private:
    struct State {
        std::mutex mutex;
        std::multimap<size_t, void*> kept;                      // freed blocks by size
        size_t kept_bytes = 0, used = 0, most_used = 0;         // of large blocks
    };

    // never destroyed: tensors may outlive whatever order the process ends in
    static State& state() {
        static State* state = new State;
        return *state;
    }

    static c10::DataPtr give(size_t bytes) {
        void* data = nullptr;
        if (bytes > 0) {
            size_t whole = bytes + header;
            auto block = whole < least_kept ? small(whole) : large(whole);
            TORCH_CHECK(block, "can't allocate memory: ", bytes, " bytes for a tensor on the processor");
            *static_cast<size_t*>(block) = whole;
            data = static_cast<char*>(block) + header;
        }
        return {data, data, &take, c10::Device(c10::DeviceType::CPU)};
    }

    static void take(void* data) {
        if (!data) return;
        auto block = static_cast<char*>(data) - header;
        size_t whole = *reinterpret_cast<size_t*>(block);
        if (whole < least_kept) {
            free(block);
            return;
        }
        std::lock_guard<std::mutex> lock(state().mutex);
        state().used -= whole;
        state().kept.emplace(whole, block);
        state().kept_bytes += whole;
    }

    static void* small(size_t whole) {
        void* block = nullptr;
        return posix_memalign(&block, 64, whole) == 0 ? block : nullptr;
    }

    static void* large(size_t& whole) {
        constexpr size_t page = 4096;
        whole = (whole + page - 1) / page * page;
        auto& s = state();
        std::lock_guard<std::mutex> lock(s.mutex);
        auto found = s.kept.lower_bound(whole);
        if (found != s.kept.end() && found->first <= whole + whole / 16) {
            whole = found->first;
            auto block = found->second;
            s.kept_bytes -= whole;
            s.kept.erase(found);
            use(whole);
            return block;
        }
        // what is kept never adds to the most that was in use at once, but for a sixteenth: the largest blocks go first
        auto most = std::max(s.most_used, s.used + whole);
        while (!s.kept.empty() && s.used + s.kept_bytes + whole > most + most / 16) drop(std::prev(s.kept.end()));
        auto block = mmap(nullptr, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (block == MAP_FAILED) {
            while (!s.kept.empty()) drop(std::prev(s.kept.end()));
            block = mmap(nullptr, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            if (block == MAP_FAILED) return nullptr;
        }
        use(whole);
        return block;
    }

    static void use(size_t whole) {
        auto& s = state();
        s.used += whole;
        s.most_used = std::max(s.most_used, s.used);
    }

    static void drop(std::multimap<size_t, void*>::iterator kept) {
        auto& s = state();
        munmap(kept->second, kept->first);
        s.kept_bytes -= kept->first;
        s.kept.erase(kept);
    }
};

} // namespace

// Makes tensors on the processor use freed memory again; what was allocated before stays with its own allocator.
LB_API void lb_keep_memory() {
    static bool done = [] {
        c10::SetCPUAllocator(new KeptMemory);
        return true;
    }();
    (void)done;
}

// bytes of large blocks: in use, and kept for later
LB_API void lb_kept_memory(int64_t* figures) { KeptMemory::figures(figures); }

// hands memory that is kept for later back to the system
LB_API void lb_trim_heap() {
    KeptMemory::release();
    malloc_trim(0);
}
