using System.Diagnostics.Metrics;
using LoraBridge.Server.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace LoraBridge.Server.Tests.Metrics;

public sealed class PrometheusTextTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MetricStore _store;
    private readonly Meter _meter;

    public PrometheusTextTests()
    {
        var factory = _services.GetRequiredService<IMeterFactory>();
        (_store, _meter) = (new(factory), factory.Create("LoraBridge"));
    }

    public void Dispose()
    {
        _store.Dispose();
        _services.Dispose();
    }

    [Fact]
    public void Write_EveryKindOfInstrument_FollowsTheFormat()
    {
        var counter = _meter.CreateCounter<long>("cats.seen", null, "Cats \\ that\nwere seen");
        var level = _meter.CreateUpDownCounter<int>("cats.inside");
        var weight = _meter.CreateHistogram("cats.weight", "By", null, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2.5] });
        var states = new List<string> { "asleep", "awake" };
        _meter.CreateObservableGauge("cats.states", () => states.Select(state => new Measurement<double>(state == "awake" ? double.NaN : 0.5, new KeyValuePair<string, object?>("state", state))));
        counter.Add(2, new("colour", "bl\"ack\\\n"), new KeyValuePair<string, object?>("nothing", null));
        counter.Add(3, new KeyValuePair<string, object?>("colour", "bl\"ack\\\n"));
        level.Add(2);
        level.Add(-1);
        foreach (var value in new[] { 0.5, 1, 2, 1e12 }) weight.Record(value);

        var read = ExpositionFormat.Read(_store.Write());

        Assert.Equal(5, Assert.Single(read.Samples, sample => sample.Key.StartsWith("cats_seen_total{colour=", StringComparison.Ordinal)).Value);
        Assert.Equal("counter", read.Kinds["cats_seen_total"]);
        Assert.Equal((1, "gauge"), (read.Samples["cats_inside"], read.Kinds["cats_inside"]));
        Assert.Equal([2, 3, 4], new[] { "1", "2.5", "+Inf" }.Select(bound => read.Samples[$"cats_weight_bytes_bucket{{le=\"{bound}\"}}"]));
        Assert.Equal((4, 1000000000003.5), (read.Samples["cats_weight_bytes_count"], read.Samples["cats_weight_bytes_sum"]));
        Assert.True(double.IsNaN(read.Samples["cats_states{state=\"awake\"}"]));
        states.Remove("awake");
        Assert.Equal(["cats_states{state=\"asleep\"}"], ExpositionFormat.Read(_store.Write()).Samples.Keys.Where(name => name.StartsWith("cats_states", StringComparison.Ordinal)));
    }

    [Fact]
    public void Write_InstrumentsOfAnotherServer_AreLeftOut()
    {
        using var others = new ServiceCollection().AddMetrics().BuildServiceProvider();
        others.GetRequiredService<IMeterFactory>().Create("LoraBridge").CreateCounter<int>("others").Add(1);
        _meter.CreateCounter<int>("ours").Add(1);

        Assert.Equal(["ours_total"], ExpositionFormat.Read(_store.Write()).Samples.Keys);
    }

    [Fact]
    public void Take_MoreLabelsThanAnybodyReads_StopsCollectingThem()
    {
        var counter = _meter.CreateCounter<int>("names");
        for (var i = 0; i < 3000; i++) counter.Add(1, new KeyValuePair<string, object?>("name", i));

        Assert.Equal(2000, ExpositionFormat.Read(_store.Write()).Samples.Count);
    }

    [Theory]
    [InlineData("a 1")]
    [InlineData("# TYPE a gauge\na{b=\"c\"d} 1\n")]
    [InlineData("# TYPE a gauge\nb 1\n")]
    [InlineData("# TYPE a gauge\na 1\na 2\n")]
    [InlineData("# TYPE a gauge\na{b=\"x\",b=\"y\"} 1\n")]
    [InlineData("# TYPE a histogram\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n")]
    [InlineData("# TYPE a histogram\na_bucket{le=\"1\"} 1\na_sum 1\na_count 1\n")]
    public void TheTestsReader_OfWhatBreaksTheFormat_SaysSo(string text) => Assert.Throws<FormatException>(() => ExpositionFormat.Read(text));
}
