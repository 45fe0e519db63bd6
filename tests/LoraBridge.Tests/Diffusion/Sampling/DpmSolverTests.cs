using LoraBridge.Diffusion.Sampling;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Diffusion.Sampling;

public sealed class DpmSolverTests
{
    private static readonly GaussianData s_data = new();

    [Theory]
    [InlineData(1, 1, 2)]
    [InlineData(2, 2, 3)]
    [InlineData(3, 2, 3)]
    [InlineData(4, 3, 4)]
    public void Step_HalvedInLogSigma_ErrsByItsOrder(int kind, int calls, int order)
    {
        using var scope = NewDisposeScope();
        var (whole, wholeCalls) = Error(kind, 1.0);
        var (half, _) = Error(kind, 0.5);
        Assert.Equal(calls, wholeCalls);
        Assert.InRange(Math.Log2(whole / half), order - 0.4, order + 1.2);
    }

    [Fact]
    public void SecondAndThirdOrder_ShareAnEvaluation()
    {
        using var scope = NewDisposeScope();
        var denoiser = s_data.Denoiser();
        var solver = new DpmSolver(denoiser, ones(1, 4, 2, 2), 2, 1);
        solver.SecondByThird();
        solver.Third();
        Assert.Equal(3, denoiser.ModelCalls);
    }

    private static (double Error, int Calls) Error(int kind, double logStep)
    {
        var denoiser = s_data.Denoiser();
        var x = linspace(-2, 2, 16, dtype: float64).view(1, 4, 2, 2) + s_data.Mean;
        var (sigma, next) = (1.0, Math.Exp(-logStep));
        var solver = new DpmSolver(denoiser, x, sigma, next);
        var result = kind switch { 1 => solver.First(), 2 => solver.SecondByMiddle(), 3 => solver.SecondByThird(), _ => solver.Third() };
        return (TensorAssert.MaxDifference(s_data.Along(x, sigma, next), result), denoiser.ModelCalls);
    }
}
