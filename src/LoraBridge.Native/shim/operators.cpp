// Any ATen operator by its schema name, through the dispatcher's boxed entry.
namespace {

using at::IValue;

// A schema read once: what each argument is, and what it is when not given.
struct Operator {
    c10::OperatorHandle handle;
    std::vector<c10::TypeKind> kinds;
    std::vector<c10::optional<IValue>> defaults;
    size_t results;
};

c10::TypeKind kind_inside_optional(const c10::TypePtr& type) {
    if (auto optional = type->cast<c10::OptionalType>()) return optional->getElementType()->kind();
    return type->kind();
}

void push(torch::jit::Stack& stack, const LbArgument& argument, const Operator& op, size_t position) {
    switch (argument.tag) {
    case LB_NONE: stack.emplace_back(); break;
    case LB_TENSOR: stack.emplace_back(borrow(argument.pointer)); break;
    case LB_INT:
        // a boxed call takes an int for a float or bool argument unchecked and reads garbage: the schema decides
        if (op.kinds[position] == c10::TypeKind::FloatType) stack.emplace_back(static_cast<double>(argument.integer));
        else if (op.kinds[position] == c10::TypeKind::BoolType) stack.emplace_back(argument.integer != 0);
        else stack.emplace_back(argument.integer);
        break;
    case LB_DOUBLE: stack.emplace_back(argument.real); break;
    case LB_BOOL: stack.emplace_back(argument.integer != 0); break;
    case LB_INTS: stack.emplace_back(at::IntArrayRef(static_cast<const int64_t*>(argument.pointer), argument.count)); break;
    case LB_DOUBLES: stack.emplace_back(c10::List<double>(at::ArrayRef<double>(static_cast<const double*>(argument.pointer), argument.count))); break;
    case LB_BOOLS: {
        c10::List<bool> list;
        list.reserve(argument.count);
        for (int32_t i = 0; i < argument.count; i++) list.push_back(static_cast<uint8_t*>(argument.pointer)[i] != 0);
        stack.emplace_back(std::move(list));
        break;
    }
    case LB_TENSORS: {
        c10::List<Tensor> list;
        list.reserve(argument.count);
        for (int32_t i = 0; i < argument.count; i++) list.push_back(borrow(static_cast<void**>(argument.pointer)[i]));
        stack.emplace_back(std::move(list));
        break;
    }
    case LB_OPTIONAL_TENSORS: {
        c10::List<c10::optional<Tensor>> list;
        list.reserve(argument.count);
        for (int32_t i = 0; i < argument.count; i++) {
            void* tensor = static_cast<void**>(argument.pointer)[i];
            list.push_back(tensor ? c10::optional<Tensor>(borrow(tensor)) : c10::nullopt);
        }
        stack.emplace_back(std::move(list));
        break;
    }
    case LB_STRING: stack.emplace_back(std::string(static_cast<const char*>(argument.pointer), argument.count)); break;
    case LB_DEVICE: stack.emplace_back(c10::Device(static_cast<c10::DeviceType>(argument.integer), static_cast<c10::DeviceIndex>(argument.count))); break;
    case LB_GENERATOR: stack.emplace_back(argument.pointer ? IValue(*static_cast<at::Generator*>(argument.pointer)) : IValue()); break;
    default:
        if (!op.defaults[position]) throw std::runtime_error("argument '" + op.handle.schema().arguments()[position].name() + "' of " + toString(op.handle.operator_name()) + " has no default");
        stack.push_back(*op.defaults[position]);
    }
}

void pop(IValue& value, LbArgument& result) {
    result.count = 0;
    result.integer = 0;
    if (value.isTensor()) {
        result.tag = LB_TENSOR;
        result.pointer = give(std::move(value).toTensor());
    } else if (value.isInt()) {
        result.tag = LB_INT;
        result.integer = value.toInt();
    } else if (value.isDouble()) {
        result.tag = LB_DOUBLE;
        result.real = value.toDouble();
    } else if (value.isBool()) {
        result.tag = LB_BOOL;
        result.integer = value.toBool();
    } else if (value.isTensorList()) {
        auto list = value.toTensorVector();
        auto tensors = static_cast<void**>(malloc(sizeof(void*) * std::max<size_t>(1, list.size())));
        for (size_t i = 0; i < list.size(); i++) tensors[i] = give(std::move(list[i]));
        result.tag = LB_TENSORS;
        result.count = static_cast<int32_t>(list.size());
        result.pointer = tensors;
    } else if (value.isNone()) {
        result.tag = LB_NONE;
    } else {
        throw std::runtime_error("a result of type " + value.tagKind() + " cannot be passed on");
    }
}

} // namespace

LB_API int lb_find_operator(const char* name, const char* overload, void** out) {
    return guard([&] {
        auto handle = c10::Dispatcher::singleton().findSchemaOrThrow(name, overload);
        auto op = std::make_unique<Operator>(Operator{handle, {}, {}, handle.schema().returns().size()});
        for (auto& argument : handle.schema().arguments()) {
            op->kinds.push_back(kind_inside_optional(argument.type()));
            op->defaults.push_back(argument.default_value());
        }
        *out = op.release(); // kept for the life of the process, once per overload
    });
}

LB_API int32_t lb_operator_exists(const char* name, const char* overload) {
    return c10::Dispatcher::singleton().findSchema({name, overload}).has_value();
}

LB_API int lb_operator_schema(void* op, char* buffer, int32_t capacity) {
    return guard([&] {
        std::ostringstream text;
        text << static_cast<Operator*>(op)->handle.schema();
        snprintf(buffer, capacity, "%s", text.str().c_str());
    });
}

// arguments that are not given take the schema's defaults; results are count <= capacity, the rest of them LB_NONE
LB_API int lb_call(void* handle, const LbArgument* arguments, int32_t count, LbArgument* results, int32_t capacity) {
    return guard([&] {
        auto& op = *static_cast<Operator*>(handle);
        auto needed = op.kinds.size();
        if (static_cast<size_t>(count) > needed) throw std::runtime_error(toString(op.handle.operator_name()) + " takes " + std::to_string(needed) + " arguments, not " + std::to_string(count));
        if (op.results > static_cast<size_t>(capacity)) throw std::runtime_error(toString(op.handle.operator_name()) + " has " + std::to_string(op.results) + " results");
        torch::jit::Stack stack;
        stack.reserve(std::max(needed, op.results));
        for (int32_t i = 0; i < count; i++) push(stack, arguments[i], op, i);
        LbArgument missing{};
        missing.tag = LB_DEFAULT;
        for (size_t i = count; i < needed; i++) push(stack, missing, op, i);
        op.handle.callBoxed(&stack);
        for (int32_t i = 0; i < capacity; i++) results[i].tag = LB_NONE;
        for (size_t i = 0; i < stack.size(); i++) pop(stack[i], results[i]);
    });
}

LB_API void lb_free(void* memory) { free(memory); }
