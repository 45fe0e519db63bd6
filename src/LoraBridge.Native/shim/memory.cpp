// Memory of tensors on the processor. The C heap maps a large block anew at every allocation and gives it back when it is freed, so that the
// kernel clears every page of every activation again: up to a fourth of a training step. Here all large blocks lie in one reserved stretch of
// addresses, best fit first, and what is freed keeps its memory to be used again.
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
        auto& s = state();
        std::lock_guard<std::mutex> lock(s.mutex);
        s.most_used = s.used;
        for (auto range = s.free.begin(); range != s.free.end(); ++range)
            if (range->second.touched > 0) drop(s, range);
    }

    static void figures(int64_t* out) {
        auto& s = state();
        std::lock_guard<std::mutex> lock(s.mutex);
        out[0] = static_cast<int64_t>(s.used);
        out[1] = static_cast<int64_t>(s.touched);
    }

private:
    // A stretch of addresses that no tensor uses; so many of its bytes may still have memory behind them.
    struct Free {
        size_t size, touched;
    };

    struct State {
        std::mutex mutex;
        std::map<char*, Free> free;
        std::set<std::pair<size_t, char*>> by_size;
        size_t used = 0, most_used = 0, touched = 0;            // touched: of all free stretches
        bool reserved = false;
    };

    // never destroyed: tensors may outlive whatever order the process ends in
    static State& state() {
        static State* state = [] {
            auto s = new State;
            // addresses only, so many that they never run out; less where a limit forbids it
            for (size_t bytes = size_t(1) << 42; bytes >= size_t(1) << 35; bytes /= 2) {
                auto place = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
                if (place == MAP_FAILED) continue;
                madvise(place, bytes, MADV_DONTDUMP);
                insert(*s, static_cast<char*>(place), {bytes, 0});
                s->reserved = true;
                break;
            }
            return s;
        }();
        return *state;
    }

    static c10::DataPtr give(size_t bytes) {
        void* data = nullptr;
        if (bytes > 0) {
            size_t whole = bytes + header;
            auto block = whole < least_kept || !state().reserved ? small(whole) : large(whole);
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
        if (whole < least_kept || !state().reserved) {
            free(block);
            return;
        }
        auto& s = state();
        std::lock_guard<std::mutex> lock(s.mutex);
        s.used -= whole;
        Free range{whole, whole};
        auto next = s.free.lower_bound(block);
        if (next != s.free.end() && next->first == block + whole) {
            range = {range.size + next->second.size, range.touched + next->second.touched};
            next = remove(s, next);
        }
        if (next != s.free.begin()) {
            auto before = std::prev(next);
            if (before->first + before->second.size == block) {
                block = before->first;
                range = {range.size + before->second.size, range.touched + before->second.touched};
                remove(s, before);
            }
        }
        insert(s, block, range);
    }

    static void* small(size_t whole) {
        void* block = nullptr;
        return posix_memalign(&block, 64, whole) == 0 ? block : nullptr;
    }

    // the smallest stretch that holds it: what a step has freed serves the next, whatever the order
    static void* large(size_t& whole) {
        constexpr size_t page = 4096;
        whole = (whole + page - 1) / page * page;
        auto& s = state();
        std::lock_guard<std::mutex> lock(s.mutex);
        auto found = s.by_size.lower_bound({whole, nullptr});
        if (found == s.by_size.end()) return nullptr;
        auto block = found->second;
        auto range = s.free[block];
        remove(s, s.free.find(block));
        auto touched = std::min(range.touched, whole);
        if (range.size > whole) insert(s, block + whole, {range.size - whole, range.touched - touched});
        s.used += whole;
        s.most_used = std::max(s.most_used, s.used);
        // what is kept adds no more than a sixteenth to the most that was in use at once
        while (s.used + s.touched > s.most_used + s.most_used / 16) {
            auto largest = std::max_element(s.free.begin(), s.free.end(), [](auto& a, auto& b) { return a.second.touched < b.second.touched; });
            drop(s, largest);
        }
        return block;
    }

    static void insert(State& s, char* block, Free range) {
        s.free[block] = range;
        s.by_size.insert({range.size, block});
        s.touched += range.touched;
    }

    static std::map<char*, Free>::iterator remove(State& s, std::map<char*, Free>::iterator range) {
        s.by_size.erase({range->second.size, range->first});
        s.touched -= range->second.touched;
        return s.free.erase(range);
    }

    static void drop(State& s, std::map<char*, Free>::iterator range) {
        madvise(range->first, range->second.size, MADV_DONTNEED);
        s.touched -= range->second.touched;
        range->second.touched = 0;
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
