using LoraBridge.Diffusion.Models;
using LoraBridge.Lora;
using LoraBridge.Tests.Generation;

namespace LoraBridge.Tests.Lora;

public sealed class LoraCacheTests : IDisposable
{
    private readonly StableDiffusionModel _model = StableDiffusionModel.Load(Pipelines.TinyModel, new());
    private readonly AdapterFolder _folder = new("linear", "locon");

    public void Dispose()
    {
        _folder.Dispose();
        _model.Dispose();
    }

    [Fact]
    public void Get_TheSameFile_ReadsItOnce()
    {
        using var cache = new LoraCache(new(_model), long.MaxValue);
        Assert.Same(cache.Get(File("linear")), cache.Get(File("linear")));
        Assert.Equal(1, cache.Reads);
    }

    [Fact]
    public void Get_AFileWrittenAnew_ReadsItAgain()
    {
        using var cache = new LoraCache(new(_model), long.MaxValue);
        var first = cache.Get(File("linear"));
        _folder.Copy("locon", "linear");
        Assert.NotSame(first, cache.Get(File("linear")));
        Assert.Equal(1, cache.Count);
    }

    [Fact]
    public void Trim_BeyondTheLimit_GivesUpWhatWasUsedLongestAgo()
    {
        var linear = new FileInfo(File("linear")).Length;
        using var cache = new LoraCache(new(_model), linear / 2);
        var (first, second) = (cache.Get(File("linear")), cache.Get(File("locon")));

        cache.Trim([first]);
        Assert.Equal(1, cache.Count);
        Assert.Same(first, cache.Get(File("linear")));
        Assert.NotSame(second, cache.Get(File("locon")));

        cache.Trim([]);
        Assert.Equal((0, 0L), (cache.Count, cache.Bytes));
    }

    [Fact]
    public void Get_NoFile_NamesThePath()
    {
        using var cache = new LoraCache(new(_model), 0);
        var error = Assert.Throws<FileNotFoundException>(() => cache.Get(File("nobody")));
        Assert.Contains("nobody", error.Message, StringComparison.Ordinal);
    }

    private string File(string name) => Path.Combine(_folder.Path, $"{name}.safetensors");
}
