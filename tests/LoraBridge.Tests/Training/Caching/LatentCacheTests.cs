using LoraBridge.Diffusion.Models;
using LoraBridge.Imaging;
using LoraBridge.Tests.Diffusion.Models;
using LoraBridge.Tests.Native;
using LoraBridge.Tests.Training.Data;
using LoraBridge.Training.Caching;
using LoraBridge.Training.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Training.Caching;

/// <summary>Tensors are counted, so these run alone.</summary>
[Collection(ProcessWide.Name)]
public sealed class LatentCacheTests : IDisposable
{
    private readonly PictureFolder _folder = new();
    private readonly long _before = ProcessWide.CountTensors();
    private readonly AutoencoderKL _autoencoder = Tiny.Autoencoder();
    private readonly MemoryTensorStore _store = new();

    public void Dispose()
    {
        _autoencoder.Dispose();
        _store.Dispose();
        Assert.Equal(_before, Tensor.TotalCount);
        _folder.Dispose();
    }

    [Fact]
    public void Read_AfterFill_IsWhatTheAutoencoderGives()
    {
        using var scope = NewDisposeScope();
        var set = Pictures(3);
        var cache = Cache(set, new() { BatchSize = 2 });

        var report = cache.Fill();

        Assert.Equal((3, 0, 3), (report.Total, report.Reused, report.Computed));
        Assert.Empty(report.Notes);
        foreach (var batch in new BatchSchedule(set, 2, seed: 1).Epoch(0).Batches)
        {
            using var noGrad = no_grad();
            using var pictures = new PictureLoader(set).Load(batch);
            var (mean, logVariance) = _autoencoder.Encode(pictures.Pixels);
            using var read = cache.Read(batch);
            TensorAssert.Close(mean, read.Mean, 1e-5);
            TensorAssert.Close(logVariance, read.LogVariance!, 1e-5);
            Assert.Null(read.Mask);
        }
    }

    [Fact]
    public void Fill_OverTwoSizes_ReportsEveryBatch()
    {
        var set = Pictures(3, (96, 48, 2));
        var heard = new List<FillProgress>();

        Cache(set, new() { BatchSize = 2 }).Fill(new Heard(heard));

        Assert.Equal([0, 2, 3, 5], heard.Select(progress => progress.Done).Order());
        Assert.All(heard, progress => Assert.Equal((5, 0), (progress.Total, progress.Reused)));
        Assert.Equal(TimeSpan.Zero, heard[^1].Left);
        Assert.True(heard[^1].PerSecond > 0);
        Assert.Equal(5, _store.Count);
    }

    [Fact]
    public void Fill_Again_ComputesNothingAndReadsTheSame()
    {
        using var scope = NewDisposeScope();
        using var disk = new DiskTensorStore(_folder.At("cache"));
        var set = Pictures(3);
        var batch = new BatchSchedule(set, 3, seed: 1).Epoch(0).Batches[0];
        var first = new LatentCache(set, disk, Encoder());
        first.Fill();
        var expected = first.Read(batch);

        // another run: the set read anew, the autoencoder loaded anew
        using var loadedAgain = Tiny.Autoencoder();
        var second = new LatentCache(_folder.Read(), disk, new(loadedAgain));
        var report = second.Fill();
        second.ReleaseEncoder();

        Assert.Equal((3, 3, 0), (report.Total, report.Reused, report.Computed));
        TensorAssert.Same(expected.Mean, second.Read(batch).Mean);
    }

    [Fact]
    public void Fill_WhatChanged_IsComputedAnew()
    {
        var set = Pictures(3);
        Assert.Equal(3, Cache(set).Fill().Computed);
        _folder.Picture("0.png", seed: 77);
        Assert.Equal(1, Cache(_folder.Read()).Fill().Computed);                                 // another picture under the same name
        File.Move(_folder.At("0.png"), _folder.At("moved.png"));
        _folder.Text("moved.txt", "a");
        Assert.Equal(0, Cache(_folder.Read()).Fill().Computed);                                 // the same picture under another name

        using var noGrad = no_grad();
        _autoencoder.get_parameter("encoder.conv_in.bias")!.add_(0.1);
        Assert.Equal(3, Cache(_folder.Read()).Fill().Computed);                                 // another autoencoder
        Assert.Equal(3, Cache(_folder.Read(), new() { StoredType = ScalarType.Float16 }).Fill().Computed);
        Assert.Equal(3, Cache(_folder.Read(), new() { KeepsDistribution = false }).Fill().Computed);
        var other = _folder.Options() with { Buckets = PictureFolder.SmallBuckets with { ShrinkFilter = ResizeFilter.Bicubic } };
        Assert.Equal(3, Cache(TrainingSet.Read(other)).Fill().Computed);                        // another filter
        other = _folder.Options() with { Buckets = PictureFolder.SmallBuckets with { Width = 48, Height = 48 } };
        Assert.Equal(3, Cache(TrainingSet.Read(other)).Fill().Computed);                        // another size
        other = _folder.Options() with { Augmentation = new() { AlphaBackground = 0 } };
        Assert.Equal(3, Cache(TrainingSet.Read(other)).Fill().Computed);                        // another background
    }

    [Fact]
    public void Fill_Flip_KeepsBothSides()
    {
        using var scope = NewDisposeScope();
        Pictures(1);
        var set = _folder.Read(_folder.Dataset() with { Augmentation = new() { Flip = true } });
        var cache = Cache(set);

        Assert.Equal(2, cache.Fill().Computed);
        cache.ReleaseEncoder();

        var fit = CropPlan.Middle(set.Pictures[0].Fit);
        using var plain = cache.Read(Batch(new PlannedSample(0, 0, fit, false, null, 0)));
        using var mirrored = cache.Read(Batch(new PlannedSample(0, 0, fit, true, null, 0)));
        Assert.True(TensorAssert.MaxDifference(plain.Mean, mirrored.Mean) > 1e-3);
    }

    [Fact]
    public void Read_NotFilled_ComputesAndKeeps()
    {
        using var scope = NewDisposeScope();
        var set = Pictures(2);
        var cache = Cache(set);
        var batch = new BatchSchedule(set, 2, seed: 1).Epoch(0).Batches[0];

        Assert.False(cache.IsStored(batch.Samples[0]));
        using (cache.Read(batch)) Assert.Equal(2, _store.Count);

        Assert.True(cache.IsStored(batch.Samples[0]));
    }

    [Fact]
    public void Read_NotFilledAndReleased_NamesThePicture()
    {
        var set = Pictures(1);
        var cache = Cache(set);
        cache.ReleaseEncoder();

        var e = Assert.Throws<DatasetException>(() => cache.Read(new BatchSchedule(set, 1, seed: 1).Epoch(0).Batches[0]));

        Assert.Contains("0.png", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_WithMasks_FillsTheOthersWithOnes()
    {
        using var scope = NewDisposeScope();
        var half = new Picture(64, 64, 1);
        for (var y = 0; y < 32; y++) half.Row(y).Fill(255);
        _folder.Picture("0-masklabel.png", half);
        var set = Pictures(2);
        var cache = Cache(set);
        cache.Fill();
        cache.ReleaseEncoder();

        using var read = cache.Read(Batch(Middle(set, 0), Middle(set, 1)));

        Assert.Equal([2, 1, 8, 8], read.Mask!.shape);
        Assert.Equal([32f, 64f], read.Mask.sum([1, 2, 3]).data<float>().ToArray());
        Assert.Equal(1, read.Mask[0, 0, 3, 0].ToSingle());
        Assert.Equal(0, read.Mask[0, 0, 4, 0].ToSingle());
    }

    [Fact]
    public void Read_DamagedFile_IsComputedAgain()
    {
        using var scope = NewDisposeScope();
        using var disk = new DiskTensorStore(_folder.At("cache"));
        var set = Pictures(2);
        new LatentCache(set, disk, Encoder()).Fill();
        foreach (var file in Directory.GetFiles(_folder.At("cache"), "*.safetensors", SearchOption.AllDirectories)) File.WriteAllBytes(file, File.ReadAllBytes(file)[..^5]);

        Assert.Equal(2, new LatentCache(set, disk, Encoder()).Fill().Computed);
        Assert.Equal(0, new LatentCache(set, disk, Encoder()).Fill().Computed);
    }

    [Fact]
    public void Fill_Cancelled_KeepsWhatIsDone()
    {
        using var cancel = new CancellationTokenSource();
        var cache = Cache(Pictures(6));
        var after = new CancelAfter(2, cancel);

        Assert.Throws<OperationCanceledException>(() => cache.Fill(after, cancel.Token));

        Assert.Equal(2, _store.Count);
        Assert.Equal((6, 2), (cache.Fill().Total, _store.Count - 4));
        Assert.Equal(6, cache.Fill().Reused);
    }

    [Fact]
    public void Fill_PictureThatBreaksHalfway_IsNamed()
    {
        var set = Pictures(4);
        var bytes = File.ReadAllBytes(_folder.At("2.png"));
        File.WriteAllBytes(_folder.At("2.png"), bytes[..(bytes.Length / 2)]);

        Assert.Contains("2.png", Assert.Throws<DatasetException>(() => Cache(set).Fill()).Message, StringComparison.Ordinal);
        File.Delete(_folder.At("2.png"));
        Assert.Contains("2.png", Assert.Throws<DatasetException>(() => Cache(set).Fill()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Constructor_AugmentationThatNoCacheHolds_NamesFolderAndSetting()
    {
        Pictures(1);
        var set = _folder.Read(_folder.Dataset() with { Augmentation = new() { RandomCrop = true } });

        var e = Assert.Throws<ArgumentException>(() => Cache(set));

        Assert.Contains(_folder.Root, e.Message, StringComparison.Ordinal);
        Assert.Contains("augmentation.randomCrop", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ColorSeed_IsRefused()
    {
        var set = Pictures(1);

        var e = Assert.Throws<ArgumentException>(() => Cache(set).Read(Batch(Middle(set, 0) with { ColorSeed = 5 })));

        Assert.Contains("augmentation.color", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_FrozenDraw_IsOneDrawForEveryNoise()
    {
        using var scope = NewDisposeScope();
        using var other = new MemoryTensorStore();
        var set = Pictures(1);
        var batch = Batch(Middle(set, 0));
        LatentCacheOptions options = new() { KeepsDistribution = false };
        using var read = Cache(set, options).Read(batch);
        using var again = new LatentCache(set, other, Encoder(), options).Read(batch);
        using var full = Cache(set).Read(batch);

        Assert.Null(read.LogVariance);
        TensorAssert.Same(read.Sample(zeros(1, 4, 8, 8), 1), read.Sample(ones(1, 4, 8, 8), 1));
        TensorAssert.Same(read.Mean, again.Mean);
        // a draw, not the mean: its distance in standard deviations is about one
        var distance = ((read.Mean - full.Mean) / (full.LogVariance! * 0.5).exp()).square().mean().ToDouble();
        Assert.InRange(distance, 0.7, 1.4);
    }

    [Fact]
    public void Read_Float16_IsNearFloat32()
    {
        using var scope = NewDisposeScope();
        var set = Pictures(1);
        using var exact = Cache(set).Read(Batch(Middle(set, 0)));
        var before = _store.Bytes;
        using var rounded = Cache(set, new() { StoredType = ScalarType.Float16 }).Read(Batch(Middle(set, 0)));

        Assert.Equal(before / 2, _store.Bytes - before);
        Assert.Equal(ScalarType.Float32, rounded.Mean.dtype);
        Assert.InRange(TensorAssert.MaxDifference(exact.Mean, rounded.Mean), 1e-9, 1e-2);
    }

    private LatentEncoder Encoder() => new(_autoencoder);

    private LatentCache Cache(TrainingSet set, LatentCacheOptions? options = null) => new(set, _store, Encoder(), options);

    private TrainingSet Pictures(int count, params (int Width, int Height, int Count)[] more)
    {
        for (var i = 0; i < count; i++) _folder.Captioned($"{i}.png", "a", seed: i);
        foreach (var (width, height, others) in more)
            for (var i = 0; i < others; i++) _folder.Captioned($"{width}x{height}-{i}.png", "a", width, height, seed: 100 + i);
        return _folder.Read();
    }

    private static PlannedSample Middle(TrainingSet set, int picture) => new(picture, 0, CropPlan.Middle(set.Pictures[picture].Fit), false, null, 0);

    private static PlannedBatch Batch(params PlannedSample[] samples) => new(samples[0].Crop.Size, samples);

    private sealed class Heard(List<FillProgress> list) : IProgress<FillProgress>
    {
        public void Report(FillProgress value) => list.Add(value);
    }

    private sealed class CancelAfter(int done, CancellationTokenSource cancel) : IProgress<FillProgress>
    {
        public void Report(FillProgress value)
        {
            if (value.Done == done) cancel.Cancel();
        }
    }
}
