using LoraBridge.Tests.Checkpoints;
using LoraBridge.Training.Optimizers;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace LoraBridge.Tests.Training.Optimizers;

/// <summary>Stopping, saving, loading into fresh objects and going on gives the bits of never having stopped.</summary>
public sealed class OptimizerResumeTests : IDisposable
{
    private const int Half = 5;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, ScalarType> Cases
    {
        get
        {
            var cases = new TheoryData<string, ScalarType>();
            foreach (var name in OptimizerCases.All)
                foreach (var type in new[] { ScalarType.Float32, ScalarType.BFloat16 })
                    cases.Add(name, type);
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Load_IntoAFreshOptimizer_GoesOnBitForBit(string name, ScalarType type)
    {
        using var whole = new SmallProblem(OptimizerCases.Rate(name), type: type);
        using var first = new SmallProblem(OptimizerCases.Rate(name), type: type);
        using var second = new SmallProblem(OptimizerCases.Rate(name), type: type);
        using (var optimizer = OptimizerCases.Make(name, whole.Groups)) Run(whole, optimizer, 0, 2 * Half);

        using (var optimizer = OptimizerCases.Make(name, first.Groups))
        {
            Run(first, optimizer, 0, Half);
            using var state = optimizer.State();
            for (var i = 0; i < first.Parameters.Count; i++) state.Add($"parameter.{i}", first.Parameters[i]);
            state.Write(_folder.File("state.safetensors"));
        }
        using (var optimizer = OptimizerCases.Make(name, second.Groups))
        {
            using var state = SavedState.Read(_folder.File("state.safetensors"));
            for (var i = 0; i < second.Parameters.Count; i++) state.CopyTo($"parameter.{i}", second.Parameters[i]);
            optimizer.Load(state);
            Assert.Equal(Half, optimizer.Steps);
            Run(second, optimizer, Half, 2 * Half);
        }

        for (var i = 0; i < whole.Parameters.Count; i++) Assert.True(Bits(whole.Parameters[i]).SequenceEqual(Bits(second.Parameters[i])), $"parameter {i} of {name} differs after the resume");
        Assert.False(Bits(first.Parameters[0]).SequenceEqual(Bits(second.Parameters[0])), "nothing moved after the resume");
    }

    [Theory]
    [InlineData(nameof(AdamW), nameof(Lion), "layer.0.square")]
    [InlineData("Prodigy", "AdamW", "layer.0.start")]
    [InlineData("AdamW8bit", "AdamW", "layer.3.mean.codes")]
    public void Load_StateOfAnotherOptimizer_NamesWhatIsMissing(string wanted, string saved, string missing)
    {
        using var problem = new SmallProblem(0.01);
        using var from = OptimizerCases.Make(saved, problem.Groups);
        using var into = OptimizerCases.Make(wanted, problem.Groups);
        using var state = from.State();
        Assert.Contains($"'{missing}'", Assert.Throws<InvalidDataException>(() => into.Load(state)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_StateOfOtherShapes_NamesBoth()
    {
        using var scope = NewDisposeScope();
        using var narrow = new AdamW([new("all", [new("p", new Parameter(zeros(4, 8)))], 0.1)]);
        using var wide = new AdamW([new("all", [new("p", new Parameter(zeros(8, 8)))], 0.1)]);
        using var state = narrow.State();
        var error = Assert.Throws<InvalidDataException>(() => wide.Load(state));
        Assert.Contains("[4, 8]", error.Message, StringComparison.Ordinal);
        Assert.Contains("[8, 8]", error.Message, StringComparison.Ordinal);
    }

    // rates change from step to step, as a schedule would have it, and now and then a layer rests
    private static void Run(SmallProblem problem, Optimizer optimizer, int from, int to)
    {
        for (var step = from; step < to; step++)
        {
            optimizer.ScaleLearningRates(1 - 0.05 * step);
            problem.Step(optimizer, step, rests: step % 3 == 1 ? 1 : null);
        }
    }

    private static byte[] Bits(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach().contiguous().bytes.ToArray();
    }
}
