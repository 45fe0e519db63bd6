// Backward, modes, and nodes whose backward is a managed function.
LB_API int lb_backward(void** tensors, int32_t count, void** gradients, int32_t gradient_count, int32_t retain_graph, int32_t create_graph, void** inputs, int32_t input_count) {
    return guard([&] {
        auto seeds = gradient_count ? borrow_many(gradients, gradient_count) : std::vector<Tensor>();
        torch::autograd::backward(borrow_many(tensors, count), seeds, retain_graph != 0, create_graph != 0, borrow_many(inputs, input_count));
    });
}

LB_API int32_t lb_grad_enabled() { return at::GradMode::is_enabled(); }
LB_API void lb_set_grad_enabled(int32_t value) { at::GradMode::set_enabled(value != 0); }
LB_API int32_t lb_inference_enabled() { return c10::InferenceMode::is_enabled(); }
LB_API void* lb_enter_inference(int32_t value) { return new c10::InferenceMode(value != 0); }
LB_API void lb_leave_inference(void* mode) { delete static_cast<c10::InferenceMode*>(mode); }

namespace {

struct ManagedNode : torch::autograd::Node {
    LbBackward backward = nullptr;
    LbContextCallback release = nullptr;
    LbContextCallback destroy = nullptr;
    void* context = nullptr;
    int32_t inputs = 0;

    torch::autograd::variable_list apply(torch::autograd::variable_list&& gradients) override {
        std::vector<void*> given;
        given.reserve(gradients.size());
        for (auto& gradient : gradients) given.push_back(give(Tensor(gradient)));
        std::vector<void*> wanted(inputs, nullptr);
        char message[4096] = "";
        bool failed = backward(context, given.data(), static_cast<int32_t>(given.size()), wanted.data(), inputs, message, sizeof message) != 0;
        torch::autograd::variable_list result;
        for (auto tensor : wanted) {
            result.push_back(borrow(tensor));
            lb_release(tensor);
        }
        if (failed) throw std::runtime_error(message);
        return result;
    }
    void release_variables() override { release(context); }
    std::string name() const override { return "ManagedNode"; }
    ~ManagedNode() override {
        if (destroy) destroy(context);
    }
};

// graph nodes are held by std::shared_ptr in older versions and by c10::intrusive_ptr in newer ones
template <class Pointer> struct NodeFactory {
    static auto make() { return c10::make_intrusive<ManagedNode>(); }
};
template <class T> struct NodeFactory<std::shared_ptr<T>> {
    static std::shared_ptr<ManagedNode> make() {
        return std::shared_ptr<ManagedNode>(new ManagedNode(), [](ManagedNode* node) { torch::autograd::deleteNode(node); });
    }
};

} // namespace

// the outputs, made without recording, get one node that leads back to the inputs
LB_API int lb_attach_node(void** inputs, int32_t input_count, void** outputs, int32_t output_count, LbBackward backward, LbContextCallback release, LbContextCallback destroy, void* context) {
    return guard([&] {
        auto node = NodeFactory<decltype(torch::autograd::Edge::function)>::make();
        node->set_next_edges(torch::autograd::collect_next_edges(borrow_many(inputs, input_count)));
        for (auto& output : borrow_many(outputs, output_count)) torch::autograd::set_history(output, node);
        node->backward = backward;
        node->release = release;
        node->destroy = destroy;
        node->context = context;
        node->inputs = input_count;
    });
}
