using static TorchSharp.torch;

namespace LoraBridge.Tests.Native;

public sealed class DisposeScopeTests
{
    [Fact]
    public void Scope_End_DisposesWhatWasMadeInIt()
    {
        Tensor inside, moved;
        var outside = zeros(2);
        using (NewDisposeScope())
        {
            using (var scope = NewDisposeScope())
            {
                inside = zeros(2);
                moved = zeros(2).MoveToOuterDisposeScope();
                Assert.True(scope.Contains(inside));
                Assert.False(scope.Contains(moved));
                Assert.Same(scope, CurrentDisposeScope);
            }
            Assert.True(inside.IsInvalid);
            Assert.False(moved.IsInvalid);
        }
        Assert.True(moved.IsInvalid);
        Assert.False(outside.IsInvalid);
        Assert.Null(CurrentDisposeScope);
        outside.Dispose();
    }

    [Fact]
    public void MoveToOuter_WithoutAnOuter_OnlyDetaches()
    {
        Tensor x;
        using (NewDisposeScope()) x = zeros(2).MoveToOuterDisposeScope();

        Assert.False(x.IsInvalid);
        Assert.Same(x, x.MoveToOuterDisposeScope());
        x.Dispose();
    }

    [Fact]
    public void Detach_LeavesTheScopes()
    {
        Tensor x;
        using (NewDisposeScope())
        using (NewDisposeScope()) x = zeros(2).DetachFromDisposeScope();

        Assert.False(x.IsInvalid);
        x.Dispose();
    }

    [Fact]
    public void MoveToOther_FollowsATensorOrAScope()
    {
        using var outer = NewDisposeScope();
        var kept = zeros(2);
        Tensor a, b, free = zeros(2).DetachFromDisposeScope();
        using (var inner = NewDisposeScope())
        {
            a = zeros(2).MoveToOtherDisposeScope(kept);
            b = zeros(2).MoveToOtherDisposeScope(outer);
            Assert.Equal(0, inner.DisposablesCount);
        }
        free.MoveToOtherDisposeScope(outer);

        Assert.Equal(4, outer.DisposablesView.Count);
        Assert.All([kept, a, b, free], x => Assert.True(outer.Contains(x)));
    }

    [Fact]
    public void Scope_MovesOneTwoThreeAndMany()
    {
        using var outer = NewDisposeScope();
        using var inner = NewDisposeScope();
        Tensor[] x = [.. Enumerable.Range(0, 10).Select(_ => zeros(1))];

        Assert.Same(x[0], inner.MoveToOuter(x[0]));
        Assert.Same(x[2], inner.MoveToOuter(x[1], x[2]).second);
        Assert.Same(x[5], inner.MoveToOuter(x[3], x[4], x[5]).third);
        inner.MoveToOuter((IDisposable[])[x[6], x[7]]);
        inner.MoveToOuter((IEnumerable<IDisposable>)[x[8]]);

        Assert.Equal(9, outer.DisposablesCount);
        Assert.Equal(1, inner.DisposablesCount);
    }

    [Fact]
    public void Scope_DetachesOneTwoThreeAndMany()
    {
        using var scope = NewDisposeScope();
        Tensor[] x = [.. Enumerable.Range(0, 10).Select(_ => zeros(1))];

        Assert.Same(x[0], scope.Detach(x[0]));
        Assert.Same(x[2], scope.Detach(x[1], x[2]).second);
        Assert.Same(x[5], scope.Detach(x[3], x[4], x[5]).third);
        scope.Detach((IDisposable[])[x[6], x[7]]);
        scope.Detach((IEnumerable<IDisposable>)[x[8]]);

        Assert.Equal(1, scope.DisposablesCount);
        foreach (var tensor in x) tensor.Dispose();
        Assert.Equal(0, scope.DisposablesCount);
    }

    [Fact]
    public void Scope_MovesToAnotherScope()
    {
        using var first = NewDisposeScope();
        using var second = NewDisposeScope();
        var (a, b, c) = (zeros(1), zeros(1), zeros(1));

        Assert.Same(a, second.MoveToOther(first, a));
        second.MoveToOther(first, (IDisposable[])[b]);
        second.MoveToOther(first, (IEnumerable<IDisposable>)[c]);

        Assert.Equal(3, first.DisposablesCount);
        Assert.Equal(0, second.DisposablesCount);
        second.Attach(a);
        second.Attach((IDisposable[])[b, c]);
        Assert.Equal(0, first.DisposablesCount);
        Assert.Equal(3, second.DisposablesCount);
    }

    [Fact]
    public void DisposeEverything_KeepsWhatIsNamed()
    {
        using var scope = NewDisposeScope();
        var (a, b, c, d) = (zeros(1), zeros(1), zeros(1), zeros(1));

        scope.DisposeEverythingBut((IDisposable[])[a, b, c]);
        Assert.True(d.IsInvalid);
        scope.DisposeEverythingBut((IEnumerable<IDisposable>)[a, b]);
        Assert.True(c.IsInvalid);
        Assert.Same(a, scope.DisposeEverythingBut(a));
        Assert.True(b.IsInvalid);
        Assert.False(a.IsInvalid);
        scope.DisposeEverything();
        Assert.True(a.IsInvalid);
    }

    [Fact]
    public void Scope_HoldsOtherDisposablesToo()
    {
        var stream = new MemoryStream();
        using (var scope = NewDisposeScope()) scope.Attach(stream);

        Assert.False(stream.CanRead);
    }

    [Fact]
    public void WrappedScope_LetsOnlyTheResultOut()
    {
        using var outer = NewDisposeScope();
        Tensor? inner = null;

        var result = WrappedTensorDisposeScope(() => (inner = zeros(2)) + 1);

        Assert.True(inner!.IsInvalid);
        PlainValues.Close([1, 1], result);
        Assert.True(outer.Contains(result));
    }

    [Fact]
    public void Scope_BelongsToItsThread()
    {
        using var scope = NewDisposeScope();
        Tensor? elsewhere = null;
        var thread = new Thread(() => elsewhere = zeros(2));
        thread.Start();
        thread.Join();

        Assert.False(scope.Contains(elsewhere!));
        elsewhere!.Dispose();
    }
}
