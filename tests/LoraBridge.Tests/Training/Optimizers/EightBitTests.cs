using LoraBridge.Training.Optimizers;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace LoraBridge.Tests.Training.Optimizers;

/// <summary>State in 8 bits: its levels, its rounding, and what it costs in accuracy.</summary>
public sealed class EightBitTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Levels_Are256_RiseAndSpanSixPowersOfTen(bool isSigned)
    {
        var levels = DynamicCode.Levels(isSigned);
        Assert.Equal(256, levels.Distinct().Count());
        Assert.Equal(levels.Order(), levels);
        Assert.Equal(1, levels[^1]);
        Assert.Contains(0f, levels);
        Assert.Equal(isSigned ? -0.99297f : 0, levels[0], 1e-3f);
        Assert.InRange(levels.First(level => level > 0), 3e-7f, 1e-6f);
    }

    [Theory]
    [InlineData(5000)]
    [InlineData(256)]
    public void Write_ThenRead_IsWithinTheLevels(int count)
    {
        using var scope = NewDisposeScope();
        // from 1e-5 to 1 of either sign, each block with another size
        var values = Enumerable.Range(0, count).Select(i => (float)((i % 2 == 0 ? 1 : -1) * Math.Pow(10, -5 * ((i * 37) % 101) / 100.0) * (1 + i / 256))).ToArray();
        using var moment = new BlockwiseMoment([count], isSquare: false, CPU);

        moment.Write(tensor(values, dtype: float32));
        var read = SmallProblem.Values(moment.Read());

        for (var i = 0; i < count; i++)
        {
            var greatest = values.Skip(i / 256 * 256).Take(256).Max(Math.Abs);
            // seven powers of ten, of which the greatest has 64 levels of either sign and the least one
            var step = Math.Abs(values[i]) / greatest > 0.1 ? 0.0141 / 2 : Math.Abs(values[i]) / greatest > 0.01 ? 0.0029 / 2 : 0.0006 / 2;
            Assert.True(Math.Abs(values[i] - read[i]) <= greatest * step * 1.05, $"[{i}] {values[i]} became {read[i]}, greatest {greatest}");
        }
    }

    [Fact]
    public void Write_OfSquares_KeepsWhatIsAboveZeroAboveZero()
    {
        using var scope = NewDisposeScope();
        using var moment = new BlockwiseMoment([3, 2], isSquare: true, CPU);
        moment.Write(tensor(new float[] { 1, 1e-20f, 0, 0.25f, 1e-6f, 1e-4f }, [3, 2], dtype: float32));
        var read = SmallProblem.Values(moment.Read());

        Assert.Equal(1, read[0]);
        Assert.True(read[1] > 0, "a small square became nothing");
        Assert.Equal(0, read[2]);
        Assert.Equal(0.25, read[3], 0.01);
        Assert.Equal(1e-6, read[4], 1e-7);
    }

    [Fact]
    public void Read_OfAFreshMoment_IsZero()
    {
        using var scope = NewDisposeScope();
        foreach (var isSquare in new[] { false, true })
        {
            using var moment = new BlockwiseMoment([300], isSquare, CPU);
            Assert.All(SmallProblem.Values(moment.Read()), value => Assert.Equal(0, value));
            moment.Write(zeros(300));
            Assert.All(SmallProblem.Values(moment.Read()), value => Assert.Equal(0, value));
        }
    }

    [Fact]
    public void AdamW_In8Bits_StaysNearFullPrecision()
    {
        const int Steps = 40;
        const double Rate = 0.01;
        using var exact = new SmallProblem(Rate);
        using var coarse = new SmallProblem(Rate);
        using var first = new AdamW(exact.Groups);
        using var second = new AdamW(coarse.Groups, eightBit: true);
        for (var step = 0; step < Steps; step++)
        {
            exact.Step(first, step);
            coarse.Step(second, step);
        }

        // small tensors keep 32 bits and are the same
        for (var i = 0; i < 3; i++) TensorAssert.Same(exact.Parameters[i].detach(), coarse.Parameters[i].detach());
        var (a, b) = (exact.AllValues()[3], coarse.AllValues()[3]);
        var walked = Math.Sqrt(a.Zip(SmallProblem.Starts[3], (now, start) => (now - start) * (now - start)).Average());
        var error = Math.Sqrt(a.Zip(b, (x, y) => (x - y) * (x - y)).Average());
        Assert.True(error > 0, "nothing was rounded");
        Assert.True(error < 0.02 * walked, $"rms error {error:g3} of {walked:g3} walked");
        Assert.True(a.Zip(b, (x, y) => Math.Abs(x - y)).Max() < Rate / 2 * Steps * 0.1, "an element went astray");
    }

    [Fact]
    public void State_In8Bits_TakesAFourthOfTheBytes()
    {
        using var scope = NewDisposeScope();
        long Bytes(bool eightBit)
        {
            using var optimizer = new AdamW([new("all", [new("p", new Parameter(zeros(320, 64)))], 0.1)], eightBit: eightBit);
            using var state = optimizer.State();
            return state.Tensors.Values.Sum(tensor => tensor.numel() * tensor.element_size());
        }
        Assert.InRange(Bytes(eightBit: true), 1, Bytes(eightBit: false) * 0.26);
    }
}
