using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Text;
using TorchSharp.Interop;
using static TorchSharp.torch;

namespace LoraBridge.Torch;

internal static unsafe partial class TorchExtras
{
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
        var segment = new Segment(body, inputs);
        Tensor output;
        try
        {
            output = FirstRun(body, inputs);
        }
        catch
        {
            segment.Dispose();
            throw;
        }
        var handles = autograd.Handles(inputs);
        var result = output.Handle;
        var context = GCHandle.ToIntPtr(GCHandle.Alloc(segment));
        int failed;
        fixed (nint* p = handles)
            failed = NativeMethods.lb_attach_node(p, handles.Length, &result, 1, &RunAgain, &Release, &Destroy, context);
        if (failed != 0)
        {
            GCHandle.FromIntPtr(context).Free();
            segment.Dispose();
            NativeMethods.Check(failed);
        }
        return output;
    }

    private static Tensor FirstRun(Func<Tensor[], Tensor> body, Tensor[] inputs)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var output = body(inputs);
        // a body that returns its input or a view of it must not hang a second node on that tensor
        if (inputs.Any(input => ReferenceEquals(input, output) || input.DataPointer() == output.DataPointer())) output = output.clone();
        return output.MoveToOuterDisposeScope();
    }

    /// <summary>Backward from a scalar; an exception thrown inside a checkpointed body arrives as it was thrown.</summary>
    public static void Backward(Tensor loss)
    {
        Segment.TakeError();
        try
        {
            loss.backward();
        }
        catch (ExternalException)
        {
            if (Segment.TakeError() is { } error) ExceptionDispatchInfo.Throw(error);
            throw;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int RunAgain(nint context, nint* gradientsOut, int countOut, nint* gradientsIn, int countIn, byte* message, int capacity)
    {
        var segment = (Segment)GCHandle.FromIntPtr(context).Target!;
        try
        {
            segment.Backward(new ReadOnlySpan<nint>(gradientsOut, countOut), new Span<nint>(gradientsIn, countIn));
            return 0;
        }
        catch (Exception e)
        {
            // the one place that must catch everything: an exception that leaves it would end the process
            Segment.KeepError(e);
            var text = Encoding.UTF8.GetBytes(e.Message);
            var length = Math.Min(text.Length, capacity - 1);
            text.AsSpan(0, length).CopyTo(new Span<byte>(message, capacity));
            message[length] = 0;
            return 1;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Release(nint context) => ((Segment)GCHandle.FromIntPtr(context).Target!).Dispose();

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Destroy(nint context)
    {
        var handle = GCHandle.FromIntPtr(context);
        ((Segment)handle.Target!).Dispose();
        handle.Free();
    }

    /// <summary>What one checkpointed call needs to run again.</summary>
    private sealed class Segment : IDisposable
    {
        // what a body threw while it was run again, until Backward throws it as it was
        private static Exception? s_error;

        private readonly Tensor _randomState;
        private Func<Tensor[], Tensor>? _body;
        private Tensor[] _inputs;

        internal Segment(Func<Tensor[], Tensor> body, Tensor[] inputs)
        {
            _body = body;
            _inputs = [.. inputs.Select(input => input.alias().DetachFromDisposeScope())];
            _randomState = random.get_rng_state().DetachFromDisposeScope();
        }

        // backward of CUDA tensors runs on a thread of the engine's, so this cannot be thread-static
        internal static void KeepError(Exception error) => Interlocked.CompareExchange(ref s_error, error, null);

        internal static Exception? TakeError() => Interlocked.Exchange(ref s_error, null);

        internal void Backward(ReadOnlySpan<nint> gradientsOut, Span<nint> gradientsIn)
        {
            using var scope = NewDisposeScope();
            Tensor? seed = null;
            foreach (var handle in gradientsOut)
                if (handle != 0) seed = new Tensor(handle);
            if (seed is null) return;
            var body = _body ?? throw new InvalidOperationException("backward ran a second time through a checkpointed call; keep the graph only without checkpointing");

            var inputs = _inputs.Select(input => input.detach().requires_grad_(input.requires_grad)).ToArray();
            var after = random.get_rng_state();
            random.set_rng_state(_randomState);
            try
            {
                using var on = enable_grad();
                var output = body(inputs);
                // a body in which nothing asks for gradients has none to give
                if (output.requires_grad) autograd.backward(output, seed);
            }
            finally
            {
                random.set_rng_state(after);
            }

            for (var i = 0; i < inputs.Length; i++)
                if (inputs[i].requires_grad && inputs[i].grad is { } gradient) gradientsIn[i] = gradient.TakeHandle();
        }

        public void Dispose()
        {
            foreach (var input in _inputs) input.Dispose();
            _inputs = [];
            _body = null;
            _randomState.Dispose();
        }
    }
}
