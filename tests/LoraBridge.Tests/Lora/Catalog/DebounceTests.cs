using LoraBridge.Lora.Catalog;

namespace LoraBridge.Tests.Lora.Catalog;

public sealed class DebounceTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly Debounce _debounce;
    private int _calls;

    public DebounceTests() => _debounce = new(_time, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), () => _calls++);

    public void Dispose() => _debounce.Dispose();

    [Fact]
    public void Notice_ManyTimes_CallsOnceItIsQuiet()
    {
        for (var i = 0; i < 3; i++)
        {
            _debounce.Notice();
            _time.Advance(TimeSpan.FromSeconds(0.9));
        }
        Assert.Equal(0, _calls);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal(1, _calls);
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(1, _calls);
    }

    [Fact]
    public void Notice_WithoutAnEnd_CallsAfterTheLongestWait()
    {
        for (var i = 0; i < 20; i++)
        {
            _debounce.Notice();
            _time.Advance(TimeSpan.FromSeconds(0.5));
        }
        Assert.Equal(2, _calls);
    }

    [Fact]
    public void Dispose_EndsIt()
    {
        _debounce.Notice();
        _debounce.Dispose();
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(0, _calls);
    }
}
