using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static IDisposable no_grad() => new GradientMode(false);

    public static IDisposable enable_grad(bool enabled = true) => new GradientMode(enabled);

    public static IDisposable set_grad_enabled(bool mode = true) => new GradientMode(mode);

    public static IDisposable inference_mode(bool mode = true) => new InferenceScope(mode);

    public static bool is_grad_enabled() => NativeMethods.lb_grad_enabled() != 0;

    public static bool is_inference_mode_enabled() => NativeMethods.lb_inference_enabled() != 0;

    // the modes belong to a thread: open and close them on the same one
    private sealed class GradientMode : IDisposable
    {
        private readonly int _before = NativeMethods.lb_grad_enabled();

        internal GradientMode(bool enabled) => NativeMethods.lb_set_grad_enabled(enabled ? 1 : 0);

        public void Dispose() => NativeMethods.lb_set_grad_enabled(_before);
    }

    private sealed class InferenceScope(bool enabled) : IDisposable
    {
        private nint _mode = NativeMethods.lb_enter_inference(enabled ? 1 : 0);

        public void Dispose()
        {
            var mode = Interlocked.Exchange(ref _mode, 0);
            if (mode != 0) NativeMethods.lb_leave_inference(mode);
        }
    }

    // "grad" is left out: an error in it ends the process on TorchSharp's package
    public static unsafe partial class autograd
    {
        public static void backward(IList<Tensor> tensors, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null)
        {
            var outputs = Handles(tensors);
            var seeds = Handles(grad_tensors);
            var leaves = Handles(inputs);
            fixed (nint* o = outputs, s = seeds, l = leaves)
                NativeMethods.Check(NativeMethods.lb_backward(o, outputs.Length, s, seeds.Length, (retain_graph ?? create_graph) ? 1 : 0, create_graph ? 1 : 0, l, leaves.Length));
            GC.KeepAlive(tensors);
            GC.KeepAlive(grad_tensors);
            GC.KeepAlive(inputs);
        }

        public static void backward(Tensor tensor, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null) =>
            backward([tensor], grad_tensors, retain_graph, create_graph, inputs);

        public static void backward(Tensor tensor, Tensor grad_tensor, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null) =>
            backward([tensor], [grad_tensor], retain_graph, create_graph, inputs);

        internal static nint[] Handles(IList<Tensor>? tensors) => tensors is null ? [] : [.. tensors.Select(tensor => tensor.Handle)];
    }
}
