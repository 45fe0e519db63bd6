using LoraBridge.Diffusion.Models;
using LoraBridge.Diffusion.Text;
using LoraBridge.Tests.Diffusion.Models;
using LoraBridge.Tests.Native;
using LoraBridge.Tests.Training.Data;
using LoraBridge.Training.Caching;
using LoraBridge.Training.Data;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Training.Caching;

/// <summary>Tensors are counted, so these run alone.</summary>
[Collection(ProcessWide.Name)]
public sealed class TextStateCacheTests : IDisposable
{
    private readonly long _before = ProcessWide.CountTensors();
    private readonly ClipTextModel _text = Tiny.Text();
    private readonly MemoryTensorStore _store = new();

    public void Dispose()
    {
        _text.Dispose();
        _store.Dispose();
        Assert.Equal(_before, Tensor.TotalCount);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Read_AfterFill_IsWhatTheTextEncoderGives(int chunks)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        CaptionTokens[] captions = [Caption(chunks, 1), Caption(chunks, 2, weight: 1.5), Caption(chunks, 1), Caption(chunks, 3)];
        var cache = new TextStateCache(_store, _text, new() { ClipSkip = 2, BatchSize = 2 });

        var report = cache.Fill(captions);
        cache.ReleaseEncoder();
        var states = cache.Read(captions);

        Assert.Equal((3, 0), (report.Total, report.Reused));                                    // two are alike
        Assert.Equal([4, 75 * chunks + 2, ClipTextConfig.Tiny.Width], states.shape);
        TensorAssert.Close(CaptionBatch.Join(_text.call(CaptionBatch.Ids(captions), 2), captions), states, 1e-5);
    }

    [Fact]
    public void Fill_OtherTokensWeightsSkipOrEncoder_AreOtherValues()
    {
        using var other = Tiny.Text(seed: 9);
        var caption = Caption(1, 1);
        Assert.Equal(1, new TextStateCache(_store, _text).Fill([caption]).Computed);
        Assert.Equal(0, new TextStateCache(_store, _text).Fill([caption]).Computed);
        Assert.Equal(1, new TextStateCache(_store, _text).Fill([Caption(1, 1, weight: 1.1)]).Computed);
        Assert.Equal(1, new TextStateCache(_store, _text).Fill([Caption(2, 1)]).Computed);
        Assert.Equal(1, new TextStateCache(_store, _text, new() { ClipSkip = 2 }).Fill([caption]).Computed);
        Assert.Equal(1, new TextStateCache(_store, _text, new() { StoredType = ScalarType.Float16 }).Fill([caption]).Computed);
        Assert.Equal(1, new TextStateCache(_store, other).Fill([caption]).Computed);
    }

    [Fact]
    public void Read_OnDiskAndDamaged_IsComputedAgain()
    {
        using var scope = NewDisposeScope();
        using var folder = new PictureFolder();
        using var disk = new DiskTensorStore(folder.Root);
        var cache = new TextStateCache(disk, _text, new() { StoredType = ScalarType.Float16 });
        var first = cache.Read([Caption(1, 1)]);
        var file = Assert.Single(Directory.GetFiles(folder.Root, "*.safetensors", SearchOption.AllDirectories));
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..100]);

        Assert.False(cache.IsStored(Caption(1, 1)));
        TensorAssert.Same(first, cache.Read([Caption(1, 1)]));
        Assert.Equal(ScalarType.Float32, first.dtype);
        Assert.True(cache.IsStored(Caption(1, 1)));
    }

    [Fact]
    public void Read_MissingAndReleased_SaysSo()
    {
        var cache = new TextStateCache(_store, _text);
        cache.ReleaseEncoder();

        Assert.Throws<InvalidOperationException>(() => cache.Read([Caption(1, 1)]));
    }

    [Fact]
    public void Fill_StatesNotFinite_IsAnError()
    {
        using (no_grad()) _text.get_parameter("text_model.final_layer_norm.bias")!.fill_(double.NaN);

        Assert.Contains("NaN", Assert.Throws<InvalidOperationException>(() => new TextStateCache(_store, _text).Fill([Caption(1, 1)])).Message, StringComparison.Ordinal);
        Assert.Equal(0, _store.Count);
    }

    [Fact]
    public void Fill_Cancelled_KeepsWhatIsDone()
    {
        using var cancel = new CancellationTokenSource();
        var cache = new TextStateCache(_store, _text, new() { BatchSize = 1 });

        Assert.Throws<OperationCanceledException>(() => cache.Fill([Caption(1, 1), Caption(1, 2), Caption(1, 3)], new CancelAtOne(cancel), cancel.Token));

        Assert.Equal(1, _store.Count);
    }

    [Fact]
    public void CaptionsOf_Set_AreDistinctAndTheEmptyOneWhereCaptionsAreDropped()
    {
        using var folder = new PictureFolder();
        folder.Captioned("1.png", "a cat").Captioned("2.png", "a cat").Captioned("3.png", "a dog");

        Assert.Equal(["a cat", "a dog"], TextStateCache.CaptionsOf(folder.Read()).Select(each => each.Caption));
        var dropping = folder.Read(folder.Dataset() with { Captions = new() { DropoutRate = 0.5, TriggerWord = "sks" } });
        Assert.Equal(["", "sks, a cat", "sks, a dog"], TextStateCache.CaptionsOf(dropping).Select(each => each.Caption));
        // every caption of a visit is among them
        for (ulong seed = 0; seed < 20; seed++) Assert.Contains(dropping.Pictures[2].CaptionAt(new(seed)), new[] { "", "sks, a dog" });
    }

    [Fact]
    public void CaptionsOf_ShuffledSet_IsRefusedNamingFolderAndSetting()
    {
        using var folder = new PictureFolder();
        folder.Captioned("1.png", "a, b");
        var set = folder.Read(folder.Dataset() with { Captions = new() { Shuffle = true } });

        var e = Assert.Throws<ArgumentException>(() => TextStateCache.CaptionsOf(set));

        Assert.Contains(folder.Root, e.Message, StringComparison.Ordinal);
        Assert.Contains("captions.shuffle", e.Message, StringComparison.Ordinal);
    }

    // tokens that the small vocabulary has
    private static CaptionTokens Caption(int chunks, int seed, double weight = 1)
    {
        var made = Enumerable.Range(0, chunks).Select(chunk =>
        {
            int[] tokens = [998, .. Enumerable.Range(0, 75).Select(i => (seed * 37 + chunk * 11 + i * 7) % 900), 999];
            double[] weights = [1, weight, .. Enumerable.Repeat(1.0, 75)];
            return new PromptChunk(tokens, weights, []);
        });
        return new([.. made], 75 * chunks);
    }

    private sealed class CancelAtOne(CancellationTokenSource cancel) : IProgress<FillProgress>
    {
        public void Report(FillProgress value)
        {
            if (value.Done == 1) cancel.Cancel();
        }
    }
}
