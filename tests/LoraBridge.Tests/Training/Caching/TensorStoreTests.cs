using LoraBridge.Tests.Checkpoints;
using LoraBridge.Tests.Native;
using LoraBridge.Training.Caching;
using LoraBridge.Training.Settings;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Training.Caching;

/// <summary>Tensors are counted, so these run alone.</summary>
[Collection(ProcessWide.Name)]
public sealed class TensorStoreTests : IDisposable
{
    private static readonly CacheKey s_key = CacheKey.Of("test", ("number", "1"));

    private readonly TemporaryFolder _folder = new();
    private readonly long _before = ProcessWide.CountTensors();

    public void Dispose()
    {
        Assert.Equal(_before, Tensor.TotalCount);
        _folder.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Write_ThenRead_GivesTheSameTensors(bool onDisk)
    {
        using var scope = NewDisposeScope();
        using var store = Store(onDisk);
        var (mean, mask) = (Values(1, 4, 3, 2), Values(1, 1, 3, 2).to(ScalarType.Float16));

        Assert.False(store.TryRead(s_key, out _));
        store.Write(s_key, new Dictionary<string, Tensor> { ["mean"] = mean, ["mask"] = mask });

        Assert.True(store.TryRead(s_key, out var read));
        Assert.Equal(["mask", "mean"], read.Keys.Order());
        TensorAssert.Same(mean, read["mean"]);
        TensorAssert.Same(mask, read["mask"]);
        Assert.False(store.TryRead(CacheKey.Of("test", ("number", "2")), out _));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Write_Again_ReplacesTheValue(bool onDisk)
    {
        using var scope = NewDisposeScope();
        using var store = Store(onDisk);
        Write(store, s_key, 1);
        Write(store, s_key, 2);

        Assert.True(store.TryRead(s_key, out var read));
        Assert.Equal(2, read["x"][0].ToSingle());
    }

    [Fact]
    public void MemoryStore_WhatIsRead_MayBeDisposed()
    {
        using var store = new MemoryTensorStore();
        using (var scope = NewDisposeScope())
        {
            Write(store, s_key, 1);
            Assert.True(store.TryRead(s_key, out var first));
            first["x"].Dispose();
        }
        using var second = NewDisposeScope();
        Assert.True(store.TryRead(s_key, out var again));
        Assert.Equal(1, again["x"][0].ToSingle());
        Assert.Equal((1, 32L), (store.Count, store.Bytes));
    }

    [Fact]
    public void DiskStore_TwoOfOneFolder_ShareValues()
    {
        using var scope = NewDisposeScope();
        using DiskTensorStore one = Disk(), other = Disk();
        Write(one, s_key, 7);

        Assert.True(other.TryRead(s_key, out var read));
        Assert.Equal(7, read["x"][0].ToSingle());
    }

    [Fact]
    public void DiskStore_ManyWritersOfOneValue_LeaveOneWholeFile()
    {
        using var store = Disk();
        Parallel.For(0, 8, _ =>
        {
            using var scope = NewDisposeScope();
            Write(store, s_key, 3);
            Assert.True(store.TryRead(s_key, out var read));
            Assert.Equal(3, read["x"][0].ToSingle());
        });

        Assert.Equal([store.PathOf(s_key)], Directory.GetFiles(_folder.File("cache"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void DiskStore_FileCutShortAnywhere_IsMissing()
    {
        using var scope = NewDisposeScope();
        using var store = Disk();
        Write(store, s_key, 1);
        var whole = File.ReadAllBytes(store.PathOf(s_key));
        for (var length = 0; length < whole.Length; length += 3)
        {
            File.WriteAllBytes(store.PathOf(s_key), whole[..length]);
            Assert.False(store.TryRead(s_key, out _), $"{length} of {whole.Length} bytes");
        }
        Write(store, s_key, 2);
        Assert.True(store.TryRead(s_key, out _));
    }

    [Fact]
    public void DiskStore_AnyFlippedBitOfTheData_IsMissing()
    {
        using var scope = NewDisposeScope();
        using var store = Disk();
        Write(store, s_key, 1);
        var whole = File.ReadAllBytes(store.PathOf(s_key));
        for (var at = whole.Length - 32; at < whole.Length; at++)
        {
            whole[at] ^= 4;
            File.WriteAllBytes(store.PathOf(s_key), whole);
            Assert.False(store.TryRead(s_key, out _), $"byte {at}");
            whole[at] ^= 4;
        }
    }

    [Fact]
    public void DiskStore_AnothersFile_IsMissing()
    {
        using var scope = NewDisposeScope();
        using var store = Disk();
        Write(store, s_key, 1);
        var other = CacheKey.Of("test", ("number", "2"));
        Directory.CreateDirectory(Path.GetDirectoryName(store.PathOf(other))!);
        File.Copy(store.PathOf(s_key), store.PathOf(other));

        Assert.False(store.TryRead(other, out _));
        File.WriteAllText(store.PathOf(other), "a text that somebody has put here");
        Assert.False(store.TryRead(other, out _));
    }

    [Fact]
    public void Trim_TooMuch_RemovesWhatWasNotUsedForLongest()
    {
        using var scope = NewDisposeScope();
        var time = new Clock();
        using var store = new DiskTensorStore(_folder.File("cache"), time);
        var keys = Enumerable.Range(0, 4).Select(i => CacheKey.Of("test", ("number", $"{i}"))).ToArray();
        foreach (var key in keys)
        {
            time.Now += TimeSpan.FromHours(1);
            Write(store, key, 1);
        }
        time.Now += TimeSpan.FromHours(1);
        Assert.True(store.TryRead(keys[0], out _));
        var size = new FileInfo(store.PathOf(keys[0])).Length;

        Assert.Equal(new TrimResult(0, 0, 4 * size), store.Trim(4 * size));
        Assert.Equal(new TrimResult(2, 2 * size, 2 * size), store.Trim(3 * size - 1));

        Assert.Equal([true, false, false, true], keys.Select(key => store.TryRead(key, out _)));
        Assert.Equal(new TrimResult(2, 2 * size, 0), store.Trim(0));
    }

    [Fact]
    public void Trim_LeftoversOfCrashes_AreRemovedOnceTheyAreOld()
    {
        using var scope = NewDisposeScope();
        var time = new Clock { Now = DateTimeOffset.UtcNow };
        using var store = new DiskTensorStore(_folder.File("cache"), time);
        Write(store, s_key, 1);
        var leftover = Path.Combine(Path.GetDirectoryName(store.PathOf(s_key))!, ".0123456789abcdef.tmp");
        File.WriteAllText(leftover, "half");

        store.Trim(long.MaxValue);
        Assert.True(File.Exists(leftover));

        time.Now += TimeSpan.FromDays(2);
        store.Trim(long.MaxValue);
        Assert.False(File.Exists(leftover));
        Assert.True(store.TryRead(s_key, out _));
    }

    [Fact]
    public void Trim_FolderMissing_DoesNothing()
    {
        using var store = Disk();
        Assert.Equal(default, store.Trim(0));
    }

    [Fact]
    public void Stores_OfOptions_LieWhereTheOptionsSay()
    {
        using var memory = TensorStores.Latents(new(), "out");
        using var moreMemory = TensorStores.TextStates(new(), "out");
        using var disk = (DiskTensorStore)TensorStores.Latents(new() { LatentsOnDisk = true }, "out");
        using var own = (DiskTensorStore)TensorStores.TextStates(new CacheOptions { TextStatesOnDisk = true, Folder = "mine" }, "out");

        Assert.IsType<MemoryTensorStore>(memory);
        Assert.IsType<MemoryTensorStore>(moreMemory);
        Assert.StartsWith(Path.GetFullPath(Path.Combine("out", "cache", "latents")), disk.PathOf(s_key), StringComparison.Ordinal);
        Assert.StartsWith(Path.GetFullPath(Path.Combine("mine", "text")), own.PathOf(s_key), StringComparison.Ordinal);
    }

    private ITensorStore Store(bool onDisk) => onDisk ? Disk() : new MemoryTensorStore();

    private DiskTensorStore Disk() => new(_folder.File("cache"));

    private static void Write(ITensorStore store, CacheKey key, float value) => store.Write(key, new Dictionary<string, Tensor> { ["x"] = full([8], value, dtype: ScalarType.Float32) });

    private static Tensor Values(params long[] shape) => arange(shape.Aggregate(1L, (a, b) => a * b), dtype: ScalarType.Float32).reshape(shape);

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
