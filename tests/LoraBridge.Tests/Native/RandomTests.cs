using System.Runtime.InteropServices;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Native;

[Collection(ProcessWide.Name)]
public sealed class RandomTests
{
    private static readonly string s_goldens = Path.Combine(Goldens.GoldenFolders.Fixtures, "goldens", "random.safetensors");

    public static TheoryData<string> Streams => [.. Header().EnumerateObject().Select(entry => entry.Name).Where(name => name.StartsWith("cpu.", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Streams))]
    public void Randn_OfASeed_IsTorchsStream(string name)
    {
        using var scope = NewDisposeScope();
        var (shape, expected) = Golden(name);
        var seed = long.Parse(name.Split('.')[1]);
        using var generator = new Generator((ulong)seed);

        Equal(expected, randn(shape, float32, generator: generator));
        Equal(expected, randn(shape, float32, generator: generator.manual_seed(seed)));
        Equal(expected, empty(shape, float32).normal_(generator: generator.manual_seed(seed)));
        manual_seed(seed);
        Equal(expected, randn(shape, float32));
        random.manual_seed(seed);
        Equal(expected, zeros(shape, float32).normal_());
    }

    [Fact]
    public void Generator_StateSetBack_DrawsTheSameAgain()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        _ = randn([3], float32, generator: generator);

        var state = generator.get_state();
        var first = rand([4], float64, generator: generator);
        generator.set_state(state);

        TensorAssert.Same(first, rand([4], float64, generator: generator));
        Assert.Equal(DeviceType.CPU, generator.device.type);
        Assert.NotEqual(0, generator.Handle);
    }

    [Fact]
    public void Generator_TellsItsSeed()
    {
        using var generator = new Generator(7);

        Assert.Equal(7, generator.initial_seed());
        Assert.Same(generator, generator.manual_seed(9));
        Assert.Equal(9, generator.initial_seed());
        Assert.Equal(generator.seed(), generator.initial_seed());
    }

    [Fact]
    public void DefaultGenerator_IsTheOneOfTheProcess()
    {
        using var scope = NewDisposeScope();
        manual_seed(11);
        Assert.Equal(11, random.initial_seed());
        Assert.Equal(11, Generator.Default.initial_seed());

        var state = random.get_rng_state();
        var first = rand(4);
        random.set_rng_state(state);
        TensorAssert.Same(first, rand(4));
        Assert.Equal(random.seed(), random.initial_seed());
    }

    [Fact]
    public void Draws_OfOneSeed_AreTheSame()
    {
        using var scope = NewDisposeScope();
        var draws = new Dictionary<string, Func<Generator?, Tensor>>
        {
            ["rand"] = g => rand([5], float32, generator: g),
            ["normal"] = g => normal(1, 2, [5], float32, generator: g),
            ["randint"] = g => randint(100, [5], generator: g),
            ["randint from"] = g => randint(50, 100, [5], generator: g),
            ["randperm"] = g => randperm(20, generator: g),
            ["normal_"] = g => zeros(5).normal_(1, 2, g),
            ["uniform_"] = g => zeros(5).uniform_(2, 3, g),
            ["bernoulli_"] = g => zeros(20).bernoulli_(0.3, g),
            ["bernoulli"] = g => full(20, 0.3, float32).bernoulli(g),
            ["exponential_"] = g => zeros(5).exponential_(2, g),
            ["multinomial"] = g => ones(30).multinomial(5, generator: g),
        };
        using var generator = new Generator();
        foreach (var (name, draw) in draws)
        {
            var first = draw(generator.manual_seed(3));
            TensorAssert.Same(first, draw(generator.manual_seed(3)), name);
            manual_seed(3);
            TensorAssert.Same(first, draw(null), name + " of the default generator");
            Assert.False(first.Equals(draw(generator)), name + " drew the same again");
        }
    }

    [Fact]
    public void Draws_HaveTheirDistribution()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        const int n = 20_000;

        Distributed(normal(1, 2, [n], float64, generator: generator), 1, 2);
        Distributed(zeros(n, float64).normal_(1, 2, generator), 1, 2);
        Distributed(zeros(n, float64).uniform_(2, 4, generator), 3, 2 / Math.Sqrt(12));
        Distributed(zeros(n, float64).bernoulli_(0.3, generator), 0.3, Math.Sqrt(0.21));
        Distributed(full(n, 0.3, float64).bernoulli(generator), 0.3, Math.Sqrt(0.21));
        Distributed(zeros(n, float64).exponential_(2, generator), 0.5, 0.5);
        Distributed(randint(4, [n], float64, generator: generator), 1.5, Math.Sqrt(1.25));
        Distributed(randint(2, 4, [n], float64, generator: generator), 2.5, 0.5);
        Distributed(tensor([1.0, 3.0]).multinomial(n, replacement: true, generator), 0.75, Math.Sqrt(0.1875));
    }

    [Fact]
    public void InPlaceDraws_ReturnTheTensor()
    {
        using var scope = NewDisposeScope();
        var x = zeros(3);

        Assert.Same(x, x.normal_());
        Assert.Same(x, x.uniform_(0, 1));
        Assert.Same(x, x.bernoulli_());
        Assert.Same(x, x.exponential_());
    }

    [Fact]
    public void Randperm_HoldsEachNumberOnce()
    {
        using var scope = NewDisposeScope();

        Assert.Equal(Enumerable.Range(0, 50).Select(i => (long)i), randperm(50).data<long>().ToArray().Order());
    }

    [Fact]
    public void Multinomial_WithoutReplacement_DrawsEachOnce()
    {
        using var scope = NewDisposeScope();

        Assert.Equal([0L, 1L, 2L], ones(3).multinomial(3).data<long>().ToArray().Order());
    }

    private static void Distributed(Tensor draws, double mean, double deviation)
    {
        var values = PlainValues.Of(draws);
        var average = values.Average();
        var spread = Math.Sqrt(values.Average(value => (value - average) * (value - average)));
        Assert.InRange(average, mean - 5 * deviation / Math.Sqrt(values.Length), mean + 5 * deviation / Math.Sqrt(values.Length));
        Assert.InRange(spread, deviation * 0.95, deviation * 1.05);
    }

    private static void Equal(float[] expected, Tensor actual)
    {
        // the vectorised paths of two versions may round the last bit of a logarithm differently
        var values = actual.data<float>().ToArray();
        for (var i = 0; i < expected.Length; i++) Assert.InRange(values[i], expected[i] - 1e-5f, expected[i] + 1e-5f);
    }

    private static JsonElement Header()
    {
        var bytes = File.ReadAllBytes(s_goldens);
        using var document = JsonDocument.Parse(bytes.AsMemory(8, (int)BitConverter.ToInt64(bytes)));
        return document.RootElement.Clone();
    }

    private static (long[] Shape, float[] Values) Golden(string name)
    {
        var bytes = File.ReadAllBytes(s_goldens);
        var entry = Header().GetProperty(name);
        var start = 8 + (int)BitConverter.ToInt64(bytes);
        var (from, to) = (entry.GetProperty("data_offsets")[0].GetInt32(), entry.GetProperty("data_offsets")[1].GetInt32());
        return ([.. entry.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())], MemoryMarshal.Cast<byte, float>(bytes.AsSpan(start + from, to - from)).ToArray());
    }
}
