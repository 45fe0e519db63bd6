using System.Runtime.ExceptionServices;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Torch;

/// <summary>
/// What TorchSharp lacks and LoraBridge needs, on the package supply: what can be had with its public members, and an
/// honest "unknown" for the rest. The system supply has the same members in its own file.
/// </summary>
internal static class TorchExtras
{
    /// <summary>Where torch comes from, for people: e.g. "TorchSharp with libtorch 2.10.0".</summary>
    public static string Supply => $"TorchSharp with libtorch {__version__}";

    /// <summary>Loads torch, or says what is missing.</summary>
    /// <exception cref="TorchUnavailableException">Torch cannot be used on this machine.</exception>
    public static void EnsureAvailable()
    {
        try
        {
            InitializeDeviceType(DeviceType.CPU);
        }
        catch (Exception e) when (e is DllNotFoundException or TypeInitializationException or NotSupportedException)
        {
            throw new TorchUnavailableException($"TorchSharp's package cannot load its libtorch: {e.Message}", e);
        }
    }

    /// <summary>Memory of a CUDA device: TorchSharp has no figures, so all are null.</summary>
    public static MemoryFigures Memory(Device device) => default;

    /// <summary>Starts the peaks of <see cref="Memory"/> anew.</summary>
    public static void ResetPeakMemory(Device device)
    {
    }

    /// <summary>Bytes of freed tensors that are kept to be used again: TorchSharp's libtorch keeps none.</summary>
    public static long KeptMemory => 0;

    /// <summary>Gives back what torch caches: TorchSharp cannot, only the end of the process does.</summary>
    public static void ReleaseCachedMemory()
    {
    }

    /// <summary>Whether an operator can be called by its schema name: TorchSharp has no such call.</summary>
    public static bool HasOperator(string name, string overload = "") => false;

    /// <summary>The instruction set of the CPU kernels: there are none here.</summary>
    public static string? KernelInstructions => null;

    /// <summary>Whether libtorch has a fused attention of its own: TorchSharp's has.</summary>
    public static bool HasFusedAttention => true;

    /// <summary>Attention without a score matrix: no such kernel here.</summary>
    public static Tensor? FusedAttention(Tensor q, Tensor k, Tensor v, long heads) => null;

    /// <summary>Group normalisation with SiLU: no such kernel here.</summary>
    public static Tensor? FusedGroupNorm(Tensor x, long groups, Tensor? weight, Tensor? bias, double epsilon, bool withSilu) => null;

    /// <summary>Layer normalisation: no such kernel here.</summary>
    public static Tensor? FusedLayerNorm(Tensor x, Tensor? weight, Tensor? bias, double epsilon) => null;

    /// <summary>Gated GELU: no such kernel here.</summary>
    public static Tensor? FusedGeglu(Tensor x) => null;

    /// <summary>
    /// Runs <paramref name="body"/> without keeping its intermediate tensors; backward runs it again (Chen et al. 2016).
    /// Gradients are those of a plain call, also of parameters used inside that are no inputs, and also when no input
    /// requires any. Random numbers drawn on the CPU's default generator are the same in both runs.
    /// </summary>
    /// <param name="body">Must give the same result when called again; its result is one new tensor.</param>
    /// <param name="inputs">What the body is given; gradients flow to those that require them.</param>
    public static Tensor Checkpoint(Func<Tensor[], Tensor> body, params Tensor[] inputs)
    {
        if (!is_grad_enabled()) return body(inputs);
        // TorchSharp calls backward only when an argument requires gradients
        using var needed = zeros(1, float32, CPU, requires_grad: true);
        object[] arguments = [new Segment(body), needed, .. inputs];
        return CheckpointFunction.apply(arguments);
    }

    /// <summary>Backward from a scalar; an exception thrown inside a checkpointed body arrives as it was thrown.</summary>
    public static void Backward(Tensor loss)
    {
        Segment.TakeError();
        loss.backward();
        Segment.DisposeGradients();
        if (Segment.TakeError() is { } error) ExceptionDispatchInfo.Throw(error);
    }

    /// <summary>What one checkpointed call needs to run again, besides its inputs.</summary>
    private sealed class Segment(Func<Tensor[], Tensor> body)
    {
        private static readonly List<Tensor> s_gradients = [];
        private static Exception? s_error;

        internal Func<Tensor[], Tensor> Body { get; } = body;

        internal Tensor RandomState { get; } = random.get_rng_state().DetachFromDisposeScope();

        internal static void KeepError(Exception error) => Interlocked.CompareExchange(ref s_error, error, null);

        internal static Exception? TakeError() => Interlocked.Exchange(ref s_error, null);

        // what backward returns must outlive its scope, and TorchSharp disposes none of it
        internal static void KeepGradient(Tensor gradient)
        {
            lock (s_gradients) s_gradients.Add(gradient);
        }

        internal static void DisposeGradients()
        {
            lock (s_gradients)
            {
                foreach (var gradient in s_gradients) gradient.Dispose();
                s_gradients.Clear();
            }
        }
    }

    /// <summary>TorchSharp's form of a custom function; one instance serves all calls, so it holds nothing.</summary>
    private sealed class CheckpointFunction : autograd.SingleTensorFunction<CheckpointFunction>
    {
        public override string Name => nameof(CheckpointFunction);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var segment = (Segment)vars[0];
            var inputs = vars.Skip(2).Cast<Tensor>().ToArray();
            ctx.save_data(nameof(Segment), segment);
            ctx.save_for_backward([.. inputs]);
            using var scope = NewDisposeScope();
            var output = segment.Body(inputs);
            if (inputs.Any(input => ReferenceEquals(input, output))) output = output.clone();
            return output.MoveToOuterDisposeScope();
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            var gradients = new List<Tensor> { null!, null! };
            var saved = ctx.get_saved_variables();
            try
            {
                using var scope = NewDisposeScope();
                var segment = (Segment)ctx.get_data(nameof(Segment));
                var inputs = saved.Select(input => input.detach().requires_grad_(input.requires_grad)).ToArray();
                var after = random.get_rng_state();
                random.set_rng_state(segment.RandomState);
                try
                {
                    using var on = enable_grad();
                    var output = segment.Body(inputs);
                    // a body in which nothing asks for gradients has none to give
                    if (output.requires_grad) autograd.backward(output, grad_output);
                }
                finally
                {
                    random.set_rng_state(after);
                }
                foreach (var input in inputs)
                {
                    var gradient = input.requires_grad ? input.grad : null;
                    gradients.Add(gradient is null ? null! : scope.Detach(gradient));
                    if (gradient is not null) Segment.KeepGradient(gradient);
                }
            }
            catch (Exception e)
            {
                // an exception that leaves backward would end the process: Backward throws it
                Segment.KeepError(e);
                while (gradients.Count < saved.Count + 2) gradients.Add(null!);
            }
            return gradients;
        }
    }
}
