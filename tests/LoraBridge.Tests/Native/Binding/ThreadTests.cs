using static TorchSharp.torch;

namespace LoraBridge.Tests.Native.Binding;

public sealed class ThreadTests
{
    [Fact]
    public void Operators_FromEightThreads_GiveTheirResults()
    {
        var wrong = 0;
        Thread[] threads = [.. Enumerable.Range(0, 8).Select(which => new Thread(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                using var scope = NewDisposeScope();
                var x = full([8], which, float64, requires_grad: true);
                var y = (x * x + i).sum();
                y.backward();
                if (PlainValues.Of(y)[0] != 8.0 * (which * which + i) || PlainValues.Of(x.grad!).Sum() != 16.0 * which) Interlocked.Increment(ref wrong);
            }
        }))];

        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();

        Assert.Equal(0, wrong);
    }

    [Fact]
    public void Tensor_MadeOnOneThread_CanBeDisposedOnAnother()
    {
        Tensor? x = null;
        var maker = new Thread(() => x = zeros(10));
        maker.Start();
        maker.Join();

        Assert.Equal(10, x!.numel());
        x.Dispose();
        Assert.True(x.IsInvalid);
    }

    [Fact]
    public void Scopes_OfTwoThreads_AreApart()
    {
        using var scope = NewDisposeScope();
        var seen = CurrentDisposeScope;
        var thread = new Thread(() =>
        {
            seen = CurrentDisposeScope;
            using var own = NewDisposeScope();
            _ = zeros(3);
        });

        thread.Start();
        thread.Join();

        Assert.Null(seen);
        Assert.Same(scope, CurrentDisposeScope);
        Assert.Equal(0, scope.DisposablesCount);
    }
}
