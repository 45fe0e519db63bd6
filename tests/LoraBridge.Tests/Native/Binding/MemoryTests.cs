using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LoraBridge.Torch;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Native.Binding;

[Collection(ProcessWide.Name)]
public sealed partial class MemoryTests
{
    private const long Allowed = 64 << 10;

    [Fact]
    public void Operators_100000Times_KeepNothing() => Stays(100_000, () =>
    {
        using var scope = NewDisposeScope();
        var x = ones(4, 4);
        var y = (x + x).view(2, 8).sum(1L);
        y.add_(1);
        _ = y.shape;
    });

    [Fact]
    public void OperatorsWithLists_KeepNothing() => Stays(10_000, () =>
    {
        using var scope = NewDisposeScope();
        var x = ones(4, 4);
        _ = cat(x.split(1), 1);
        _ = x[1.., 0].sort();
        _ = x.index(tensor([0L, 1L]));
        x[0] = x[1];
        _ = einsum("ij,jk->ik", x, x);
    });

    [Fact]
    public void Temporaries_DisposedByHand_KeepNothing() => Stays(10_000, () =>
    {
        using var x = ones(4, 4);
        using var y = x.t();
        using var z = y.alias();
    });

    [Fact]
    public void Errors_KeepNothing() => Stays(400, () =>
    {
        using var scope = NewDisposeScope();
        var x = ones(2, 3);
        Assert.Throws<ExternalException>(() => x.mm(x));
    });

    [Fact]
    public void Graphs_KeepNothing() => Stays(20_000, () =>
    {
        using var scope = NewDisposeScope();
        var x = ones([4, 4], float32, requires_grad: true);
        (x * x).sum().backward();
        _ = x.grad;
    });

    [Fact]
    public void Graphs_ThatAreDropped_KeepNothing() => Stays(10_000, () =>
    {
        using var scope = NewDisposeScope();
        var x = ones([4, 4], float32, requires_grad: true);
        _ = (x * x).sum();
        _ = TorchExtras.Checkpoint(t => t[0] * t[0], x);
    });

    [Fact]
    public void Checkpoints_20000Times_KeepNothing() => Stays(20_000, () =>
    {
        using var scope = NewDisposeScope();
        var x = ones([4, 4], float32, requires_grad: true);
        TorchExtras.Backward(TorchExtras.Checkpoint(t => t[0] * t[0], x).sum());
        _ = x.grad;
    });

    [Fact]
    public void Checkpoints_ThatThrow_KeepNothing() => Stays(400, () =>
    {
        using var scope = NewDisposeScope();
        var x = ones([4, 4], float32, requires_grad: true);
        var calls = 0;
        var y = TorchExtras.Checkpoint(t => calls++ == 0 ? t[0] * 2 : throw new InvalidOperationException("again"), x);
        Assert.Throws<InvalidOperationException>(() => TorchExtras.Backward(y.sum()));
        Assert.Throws<InvalidOperationException>(() => TorchExtras.Checkpoint(_ => throw new InvalidOperationException("at once"), x));
    });

    [Fact]
    public void Checkpoint_HoldsItsInputsOnly_UntilBackward()
    {
        Settle();
        var before = Tensor.TotalCount;
        using (NewDisposeScope())
        {
            var x = ones([4], float32, requires_grad: true);
            var y = TorchExtras.Checkpoint(t => (((t[0] * 2) + 1) * 3).exp(), x);
            // x, y, and for the second run: x again and the state of the generator
            Assert.Equal(before + 4, Tensor.TotalCount);
            TorchExtras.Backward(y.sum());
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Generators_KeepNothing() => Stays(5_000, () =>
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        generator.set_state(generator.get_state());
        _ = randn(4, generator: generator);
    });

    [Fact]
    public void Tensors_ThatNobodyDisposes_AreReleasedByTheCollector()
    {
        Settle();
        var before = Tensor.TotalCount;

        Forget(1000);
        Assert.InRange(Tensor.TotalCount, before + 1, before + 1000);
        Settle();

        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Scope_ThatNobodyEnds_IsReleasedWithItsThread()
    {
        Settle();
        var before = Tensor.TotalCount;
        var thread = new Thread(() =>
        {
            _ = NewDisposeScope();
            Forget(100);
        });
        thread.Start();
        thread.Join();

        Settle();

        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void PeakCount_IsTheMostAtOnce()
    {
        using var scope = NewDisposeScope();
        var goal = Tensor.PeakCount + 10;

        while (Tensor.TotalCount < goal) _ = zeros(1);

        Assert.True(Tensor.PeakCount >= goal);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Forget(int count)
    {
        for (var i = 0; i < count; i++) _ = zeros(1000);
    }

    // Pools and compiled code may still grow for a while; what leaks grows in every quarter of the rounds.
    private static void Stays(int rounds, Action round)
    {
        for (var i = 0; i < rounds / 10; i++) round();
        Settle();
        var tensors = Tensor.TotalCount;
        var (native, managed) = (long.MaxValue, long.MaxValue);
        for (var quarter = 0; quarter < 4 && (native > Allowed || managed > Allowed); quarter++)
        {
            var (nativeBefore, managedBefore) = (NativeBytes(), GC.GetTotalMemory(true));
            for (var i = 0; i < rounds / 4; i++) round();
            Settle();
            Assert.Equal(tensors, Tensor.TotalCount);
            native = Math.Min(native, NativeBytes() - nativeBefore);
            managed = Math.Min(managed, GC.GetTotalMemory(true) - managedBefore);
        }

        Assert.True(native <= Allowed, $"{rounds / 4} rounds kept {native / 1024} KiB of native memory");
        Assert.True(managed <= Allowed, $"{rounds / 4} rounds kept {managed / 1024} KiB of managed memory");
    }

    private static void Settle()
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    /// <summary>What the C heap has given out: unlike resident memory, the figure is free of what collector and heap keep for later.</summary>
    private static long NativeBytes()
    {
        var figures = mallinfo2();
        return (long)(figures[InUse] + figures[Mapped]);
    }

    private const int Mapped = 4;
    private const int InUse = 7;

    [InlineArray(10)]
    private struct HeapFigures
    {
        private nuint _first;
    }

    [LibraryImport("libc.so.6")]
    private static partial HeapFigures mallinfo2();
}
