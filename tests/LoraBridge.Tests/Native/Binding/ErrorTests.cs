using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Native.Binding;

public sealed class ErrorTests
{
    [Fact]
    public void WrongShape_ArrivesWithTorchsWords()
    {
        using var scope = NewDisposeScope();

        var error = Assert.Throws<ExternalException>(() => zeros(2, 3).mm(zeros(2, 3)));

        Assert.Contains("mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WrongDimension_ArrivesWithTorchsWords()
    {
        using var scope = NewDisposeScope();

        Assert.Contains("Dimension out of range", Assert.Throws<ExternalException>(() => zeros(2).unsqueeze(7)).Message, StringComparison.Ordinal);
        Assert.Contains("invalid for input of size 2", Assert.Throws<ExternalException>(() => zeros(2).view(3)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MoreMemoryThanThereIs_SaysMemory()
    {
        var error = Assert.Throws<ExternalException>(() => empty([1L << 50], float32));

        Assert.Contains("memory", error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Error_InBackward_IsThrownByBackward()
    {
        using var scope = NewDisposeScope();
        var x = tensor([1.0], requires_grad: true);
        var y = x * x;
        x.detach().add_(1);

        var error = Assert.Throws<ExternalException>(() => y.sum().backward());

        Assert.Contains("modified by an inplace operation", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Error_LeavesTheNextCallAlone()
    {
        using var scope = NewDisposeScope();
        var x = ones(2, float64);
        Assert.Throws<ExternalException>(() => x.view(3));

        PlainValues.Close([2, 2], x + x);
    }

    [Fact]
    public void Errors_OfTwoThreads_KeepTheirTexts()
    {
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, which =>
        {
            using var scope = NewDisposeScope();
            var x = zeros(which + 2);
            for (var i = 0; i < 50; i++)
                Assert.Contains($"size {which + 2}", Assert.Throws<ExternalException>(() => x.view(100)).Message, StringComparison.Ordinal);
        });
    }
}
