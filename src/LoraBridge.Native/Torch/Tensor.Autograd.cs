using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public void backward(IList<Tensor>? grad_tensors = null, bool retain_graph = false, bool create_graph = false, IList<Tensor>? inputs = null) =>
            autograd.backward([this], grad_tensors, retain_graph, create_graph, inputs);

        public void backward() => autograd.backward([this]);

        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        public Tensor with_requires_grad(bool requires_grad = true) => requires_grad_(requires_grad);

        public void retain_grad() => NativeMethods.Check(Alive(NativeMethods.lb_retain_grad(Handle)));

        public Tensor detach() => AutogradOps.detach.Call(this);

        public Tensor detach_()
        {
            AutogradOps.detach_.CallInPlace(this);
            return this;
        }
    }

    private static class AutogradOps
    {
        internal static readonly Operator detach = new("detach"), detach_ = new("detach_");
    }
}
