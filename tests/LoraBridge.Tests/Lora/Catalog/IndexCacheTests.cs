using LoraBridge.Checkpoints.Naming;
using LoraBridge.Lora.Catalog;

namespace LoraBridge.Tests.Lora.Catalog;

public sealed class IndexCacheTests : IDisposable
{
    private readonly AdapterFolder _folder = new();

    private static readonly IndexRecord s_full = new(
        new(1, 2, 3),
        new()
        {
            OutputName = "näme",
            Family = ModelFamily.StableDiffusionXL,
            FamilyEvidence = FamilyEvidence.Keys,
            MinRank = 4,
            MaxRank = 128,
            Algorithms = LoraAlgorithms.LoHa | LoraAlgorithms.DoRA,
            UNetModules = 722,
            TextModules = 264,
            TensorCount = 2958,
            Tags = [new("sks", 12), new("猫", long.MaxValue)],
            ClaimedHash = new('a', 64),
            Problem = "p",
        },
        new('b', 64), new(new(4, 5, 6), default, new(7, 8, 9)),
        new() { Description = "d", Family = ModelFamily.StableDiffusion2, ActivationText = "t", PreferredWeight = -0.5, NegativeText = "n", Notes = "o", Problem = "q" });

    private static readonly IndexRecord s_plain = new(new(10, 20, 30), new(), null, default, SideCard.None);

    public void Dispose() => _folder.Dispose();

    private IndexCache Cache(params string[] folders) => new(_folder.Cache, folders);

    private string IndexFile => Directory.GetFiles(_folder.Cache).Single();

    // lists compare by reference, so they are compared apart
    private static void AssertSame(IndexRecord expected, IndexRecord actual)
    {
        Assert.Equal(expected.Header.Tags, actual.Header.Tags);
        Assert.Equal(expected, actual with { Header = actual.Header with { Tags = expected.Header.Tags } });
    }

    [Fact]
    public void Load_WhatWasSaved_IsTheSame()
    {
        Assert.Null(Cache("/a").Save(new Dictionary<string, IndexRecord> { ["/a/full"] = s_full, ["/a/plain"] = s_plain }));
        var loaded = Cache("/a").Load();
        Assert.Equal(["/a/full", "/a/plain"], loaded.Keys);
        AssertSame(s_full, loaded["/a/full"]);
        AssertSame(s_plain, loaded["/a/plain"]);
    }

    [Fact]
    public void Load_AnyByteChanged_IsForgotten()
    {
        Cache("/a").Save(new Dictionary<string, IndexRecord> { ["/a/full"] = s_full });
        var bytes = File.ReadAllBytes(IndexFile);
        for (var i = 0; i < bytes.Length; i++)
        {
            byte[] broken = [.. bytes];
            broken[i] ^= 0x10;
            Assert.Empty(IndexFormat.Read(broken));
            Assert.Empty(IndexFormat.Read(bytes[..i]));
        }
        Assert.Single(IndexFormat.Read(bytes));
    }

    [Fact]
    public void Load_NoFile_IsEmpty() => Assert.Empty(Cache("/a").Load());

    [Fact]
    public void Save_OtherFolders_HaveAnIndexOfTheirOwn()
    {
        Cache("/a").Save(new Dictionary<string, IndexRecord> { ["/a/x"] = s_plain });
        Cache("/a", "/b").Save(new Dictionary<string, IndexRecord>());
        Assert.Equal(2, Directory.GetFiles(_folder.Cache).Length);
        Assert.Single(Cache("/a").Load());
    }

    [Fact]
    public void Save_TakesOverHashesThatAnotherProcessComputed()
    {
        var (ours, theirs) = (Cache("/a"), Cache("/a"));
        theirs.Save(new Dictionary<string, IndexRecord> { ["same"] = s_full, ["changed"] = s_full, ["gone"] = s_full });
        ours.Save(new Dictionary<string, IndexRecord> { ["same"] = s_full with { ComputedHash = null }, ["changed"] = s_plain });
        var loaded = ours.Load();
        Assert.Equal(["changed", "same"], loaded.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(s_full.ComputedHash, loaded["same"].ComputedHash);
        Assert.Null(loaded["changed"].ComputedHash);
    }

    [Fact]
    public void Save_WhatCouldNotBeOpened_IsNotRemembered()
    {
        Cache("/a").Save(new Dictionary<string, IndexRecord> { ["x"] = s_plain with { Stamp = FileStamp.None } });
        Assert.Empty(Cache("/a").Load());
    }

    [Fact]
    public void Save_WhereNothingCanBeWritten_SaysSo()
    {
        File.WriteAllText(_folder.Cache, "a file in the folder's place");
        Assert.Contains("cannot be written", Cache("/a").Save(new Dictionary<string, IndexRecord> { ["x"] = s_plain }), StringComparison.Ordinal);
        Assert.Empty(Cache("/a").Load());
    }
}
