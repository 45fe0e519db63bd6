// Reference counting, and what a tensor says of itself.
namespace {

using at::Tensor;
using Impl = c10::TensorImpl;
using ImplPointer = c10::intrusive_ptr<Impl, c10::UndefinedTensorImpl>;

// a counted reference beside the caller's
Tensor borrow(void* tensor) {
    return tensor ? Tensor(ImplPointer::unsafe_reclaim_from_nonowning(static_cast<Impl*>(tensor))) : Tensor();
}

// the caller's reference moves out
void* give(Tensor&& tensor) { return tensor.defined() ? static_cast<void*>(tensor.unsafeReleaseTensorImpl()) : nullptr; }

std::vector<Tensor> borrow_many(void** tensors, int32_t count) {
    std::vector<Tensor> result;
    result.reserve(count);
    for (int32_t i = 0; i < count; i++) result.push_back(borrow(tensors[i]));
    return result;
}

Impl* impl(void* tensor) { return static_cast<Impl*>(tensor); }

} // namespace

LB_API void lb_release(void* tensor) {
    if (tensor) ImplPointer::reclaim(impl(tensor));
}
LB_API void* lb_retain(void* tensor) { return give(borrow(tensor)); }

LB_API int32_t lb_dim(void* tensor) { return static_cast<int32_t>(impl(tensor)->dim()); }
LB_API void lb_sizes(void* tensor, int64_t* out) {
    auto sizes = impl(tensor)->sizes();
    std::copy(sizes.begin(), sizes.end(), out);
}
LB_API void lb_strides(void* tensor, int64_t* out) {
    auto strides = impl(tensor)->strides();
    std::copy(strides.begin(), strides.end(), out);
}
LB_API int64_t lb_numel(void* tensor) { return impl(tensor)->numel(); }
LB_API int64_t lb_storage_offset(void* tensor) { return impl(tensor)->storage_offset(); }
LB_API int32_t lb_dtype(void* tensor) { return static_cast<int32_t>(c10::typeMetaToScalarType(impl(tensor)->dtype())); }
LB_API int32_t lb_device_type(void* tensor) { return static_cast<int32_t>(impl(tensor)->device().type()); }
LB_API int32_t lb_device_index(void* tensor) { return static_cast<int32_t>(impl(tensor)->device().index()); }
LB_API int32_t lb_is_contiguous(void* tensor) { return impl(tensor)->is_contiguous(); }

LB_API int lb_data_pointer(void* tensor, void** out) {
    return guard([&] { *out = borrow(tensor).data_ptr(); });
}
LB_API int32_t lb_requires_grad(void* tensor) { return borrow(tensor).requires_grad(); }
LB_API int lb_set_requires_grad(void* tensor, int32_t value) {
    return guard([&] { borrow(tensor).set_requires_grad(value != 0); });
}
LB_API int lb_retain_grad(void* tensor) {
    return guard([&] { borrow(tensor).retain_grad(); });
}
LB_API int32_t lb_is_leaf(void* tensor) { return borrow(tensor).is_leaf(); }
LB_API int lb_grad(void* tensor, void** out) {
    return guard([&] { *out = give(Tensor(borrow(tensor).grad())); });
}
LB_API int lb_set_grad(void* tensor, void* gradient) {
    return guard([&] { borrow(tensor).mutable_grad() = borrow(gradient); });
}
