// Exceptions stop here: the text is kept for the thread that asks.
namespace {

thread_local std::string t_error;
thread_local int32_t t_error_kind;

void remember(const char* text) {
    t_error = text;
    t_error_kind = strstr(text, "out of memory") || strstr(text, "can't allocate memory") ? LB_OUT_OF_MEMORY : LB_ERROR;
}

template <class Body> int guard(Body&& body) noexcept {
    try {
        body();
        return 0;
    } catch (const c10::Error& e) {
        remember(e.what_without_backtrace());
    } catch (const std::exception& e) {
        remember(e.what());
    } catch (...) {
        remember("libtorch threw something that is no exception");
    }
    return -1;
}

} // namespace

LB_API const char* lb_last_error(int32_t* kind) {
    if (kind) *kind = t_error_kind;
    return t_error.c_str();
}

LB_API int32_t lb_abi_version() { return LB_ABI_VERSION; }
LB_API int32_t lb_argument_size() { return sizeof(LbArgument); }
LB_API const char* lb_torch_version() { return TORCH_VERSION; }
