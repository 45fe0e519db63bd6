using System.Security.Cryptography;
using LoraBridge.Lora.Catalog;
using LoraBridge.Tests.Checkpoints;
using LoraBridge.Tests.Goldens;

namespace LoraBridge.Tests.Lora.Catalog;

public sealed class LoraCatalogHashTests : IDisposable
{
    // test vector A of the format's reference: the hash of 26 bytes of data, whatever the header says
    private const string VectorHash = "d8c1b5778d9d4a7e393d7e2355423cb78a310f125bbd22d3e6f510647117603b";

    private readonly AdapterFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private void Vector(string name, string metadata)
    {
        var json = "{" + metadata + SafetensorsBytes.Tensor("lora_unet_x.alpha", "F16", "", 0, 2) + "," +
            SafetensorsBytes.Tensor("lora_unet_x.lora_down.weight", "F16", "2,3", 2, 14) + "," + SafetensorsBytes.Tensor("lora_unet_x.lora_up.weight", "F16", "3,2", 14, 26) + "}";
        _folder.Write(name, SafetensorsBytes.File(System.Text.Encoding.UTF8.GetBytes(json), Convert.FromHexString("003c003c00400042004400450046003800b80000003c004000c0")));
    }

    private static string Claim(string hash) => $"\"__metadata__\":{{\"sshs_model_hash\":\"{hash}\"}},";

    [Fact]
    public void HashOf_AClaimedHash_IsBelieved()
    {
        var claimed = new string('c', 64);
        Vector("a.safetensors", Claim(claimed));
        using var catalog = _folder.Open();
        var entry = catalog.Entries[0];
        Assert.Equal((claimed, "cccccccccccc", HashState.Claimed), (entry.Hash, entry.ShortHash, entry.HashState));
        Assert.Equal(claimed, catalog.HashOf(entry));
        Assert.Same(entry, catalog.FindByHash(claimed[..12]));
    }

    [Fact]
    public void HashOf_AFileThatClaimsNone_IsComputedOnce_AndRemembered()
    {
        Vector("a.safetensors", "");
        using (var catalog = _folder.Open())
        {
            var entry = catalog.Entries[0];
            Assert.Null(catalog.FindByHash(VectorHash));
            Assert.Equal(VectorHash, catalog.HashOf(entry));
            File.Delete(_folder["a.safetensors"]);
            Assert.Equal(VectorHash, catalog.HashOf(entry));                   // though it was asked with the old entry
            Vector("a.safetensors", "");
        }
        using var next = _folder.Open();
        next.HashOf(next.Entries[0]);
        using var last = _folder.Open();
        Assert.Equal((HashState.Computed, VectorHash), (last.Entries[0].HashState, last.Entries[0].Hash));
        Assert.Equal("a", last.FindByHash(VectorHash[..12].ToUpperInvariant())?.Name);
    }

    [Fact]
    public void HashOf_AnotherFormat_IsOfTheWholeFile()
    {
        File.Copy(Path.Combine(GoldenFolders.Fixtures, "checkpoints", "types.pt"), _folder["a.pt"]);
        using var catalog = _folder.Open();
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(_folder["a.pt"]))), catalog.HashOf(catalog.Entries[0]));
        Assert.Empty(catalog.Entries[0].ReadMetadata());
    }

    [Fact]
    public void Verify_AClaimThatHolds_SaysSo()
    {
        Vector("a.safetensors", Claim(VectorHash));
        using var catalog = _folder.Open();
        Assert.Equal(HashState.Verified, catalog.Verify(catalog.Entries[0]).HashState);
        Assert.Equal(HashState.Verified, catalog.Entries[0].HashState);
    }

    [Fact]
    public void Verify_AFalseClaim_IsFlagged_AndBothHashesLeadToTheFile()
    {
        var claimed = new string('c', 64);
        Vector("a.safetensors", Claim(claimed));
        using var catalog = _folder.Open();
        var entry = catalog.Verify(catalog.Entries[0]);
        Assert.Equal((HashState.Mismatched, claimed, VectorHash), (entry.HashState, entry.Hash, entry.ComputedHash));
        Assert.Equal("a", catalog.FindByHash(claimed)?.Name);
        Assert.Equal("a", catalog.FindByHash(VectorHash[..12])?.Name);
        using var next = _folder.Open();
        Assert.Equal(HashState.Mismatched, next.Entries[0].HashState);
    }

    [Fact]
    public void Verify_AFileThatChangedAfterwards_ForgetsTheHash()
    {
        Vector("a.safetensors", "");
        using var catalog = _folder.Open();
        var old = catalog.Verify(catalog.Entries[0]);
        _folder.Adapter("a.safetensors");
        Assert.NotEqual(VectorHash, catalog.Verify(old).ComputedHash);
        Assert.Equal(VectorHash, catalog.Entries[0].Hash);                      // of the file that was found: a refresh is due
        catalog.Refresh();
        Assert.Equal(HashState.Missing, catalog.Entries[0].HashState);
    }

    [Fact]
    public void HashMissing_ComputesAllThatClaimNone_AndPassesOverTheRest()
    {
        Vector("a.safetensors", "");
        Vector("b.safetensors", Claim(new('c', 64)));
        _folder.Write("broken.safetensors", "no");
        for (var i = 0; i < 20; i++) _folder.Adapter($"more{i}.safetensors");
        using var catalog = _folder.Open();
        File.Delete(_folder["more3.safetensors"]);
        catalog.HashMissing();
        Assert.Equal("a", catalog.FindByHash(VectorHash)?.Name);
        Assert.Equal(HashState.Claimed, catalog.Find("b")!.HashState);
        using var next = _folder.Open();
        Assert.Equal(20, next.Entries.Count(entry => entry.HashState == HashState.Computed));
    }

    [Fact]
    public void HashMissing_Cancelled_KeepsWhatItHas()
    {
        for (var i = 0; i < 3; i++) _folder.Adapter($"a{i}.safetensors");
        using var catalog = _folder.Open();
        using var cancel = new CancellationTokenSource();
        catalog.Changed += (_, _) => cancel.Cancel();
        Assert.Throws<OperationCanceledException>(() => catalog.HashMissing(cancel.Token));
        using var next = _folder.Open();
        Assert.Equal(1, next.Entries.Count(entry => entry.HashState == HashState.Computed));
    }

    [Theory]
    [InlineData("")]
    [InlineData("cccccccccc")]
    [InlineData("dddddddddddd")]
    [InlineData("ccccccccccccd")]
    public void FindByHash_FewerOrOtherDigits_FindNothing(string hash)
    {
        Vector("a.safetensors", Claim(new('c', 64)));
        using var catalog = _folder.Open();
        Assert.Null(catalog.FindByHash(hash));
    }

    [Fact]
    public void HashOf_AFileThatIsGone_SaysWhich()
    {
        Vector("a.safetensors", "");
        using var catalog = _folder.Open();
        File.Delete(_folder["a.safetensors"]);
        Assert.Contains("a.safetensors", Assert.Throws<FileNotFoundException>(() => catalog.HashOf(catalog.Entries[0])).Message, StringComparison.Ordinal);
    }
}
