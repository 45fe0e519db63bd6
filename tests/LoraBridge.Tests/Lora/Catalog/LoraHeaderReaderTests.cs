using LoraBridge.Checkpoints.Naming;
using LoraBridge.Lora.Catalog;
using LoraBridge.Tests.Goldens;

namespace LoraBridge.Tests.Lora.Catalog;

public sealed class LoraHeaderReaderTests : IDisposable
{
    private readonly AdapterFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private (LoraHeader Header, bool TryAgain) Read() => LoraHeaderReader.Read(FolderWalk.Of([_folder.Root]).Files.Single());

    [Fact]
    public void Read_AnAdapter_TellsAllOfIt()
    {
        var hash = new string('A', 63) + "1";
        _folder.Write("a.safetensors", AdapterFolder.Bytes(
            [("ss_output_name", "mine"), ("ss_base_model_version", "sd_v1"), ("sshs_model_hash", hash), ("ss_tag_frequency", "{\"1_x\":{\"sks\":3}}")],
            ("lora_unet_x.lora_down.weight", [4, 8]), ("lora_unet_x.lora_up.weight", [8, 4]), ("lora_te_y.lora_down.weight", [2, 8]), ("lora_te_y.lora_up.weight", [8, 2])));
        var (header, tryAgain) = Read();
        Assert.False(tryAgain);
        Assert.Null(header.Problem);
        Assert.Equal(("mine", ModelFamily.StableDiffusion1, FamilyEvidence.Metadata), (header.OutputName, header.Family, header.FamilyEvidence));
        Assert.Equal((2, 4, 1, 1, 4), (header.MinRank, header.MaxRank, header.UNetModules, header.TextModules, header.TensorCount));
        Assert.Equal(hash.ToLowerInvariant(), header.ClaimedHash);
        Assert.Equal([new TagCount("sks", 3)], header.Tags);
    }

    [Theory]
    [InlineData("lora-linear.safetensors", LoraAlgorithms.Lora)]
    [InlineData("lora-locon.safetensors", LoraAlgorithms.Lora)]
    public void Read_ATrainersFile_HasModulesOfBothKinds(string name, LoraAlgorithms algorithms)
    {
        var golden = Directory.EnumerateFiles(Path.Combine(GoldenFolders.Fixtures, "goldens"), name, SearchOption.AllDirectories).First();
        File.Copy(golden, _folder["a.safetensors"]);
        var header = Read().Header;
        Assert.Null(header.Problem);
        Assert.Equal(algorithms, header.Algorithms & ~LoraAlgorithms.Tucker);
        Assert.True(header is { UNetModules: > 0, TextModules: > 0, MinRank: > 0 });
    }

    [Theory]
    [InlineData("short")]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdeg")]
    public void Read_AClaimThatIsNoHash_IsNoClaim(string claim)
    {
        _folder.Adapter("a.safetensors", ("sshs_model_hash", claim));
        Assert.Null(Read().Header.ClaimedHash);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid", "git lfs pull")]
    [InlineData("<!doctype html><html></html>", "web page")]
    [InlineData("\u00ff\u00ff", "header length")]
    public void Read_ABrokenFile_SaysWhy(string content, string expected)
    {
        _folder.Write("a.safetensors", content);
        var (header, tryAgain) = Read();
        Assert.Contains(expected, header.Problem, StringComparison.Ordinal);
        Assert.Contains("a.safetensors", header.Problem, StringComparison.Ordinal);
        Assert.False(tryAgain);
    }

    [Fact]
    public void Read_AFileThatWasCut_SaysSo()
    {
        var bytes = File.ReadAllBytes(_folder.Adapter("a.safetensors"));
        _folder.Write("a.safetensors", bytes[..^10]);
        Assert.Contains("missing", Read().Header.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_APickleThatWouldRunCode_IsRefused()
    {
        File.Copy(Path.Combine(GoldenFolders.Fixtures, "checkpoints", "malicious.pt"), _folder["a.pt"]);
        Assert.NotNull(Read().Header.Problem);
    }

    [Fact]
    public void Read_AFileOfOtherTensors_SaysSo()
    {
        _folder.Write("a.safetensors", AdapterFolder.Bytes([], ("model.diffusion_model.out.0.weight", [4])));
        Assert.Contains("none of its 1 tensors", Read().Header.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ALinkToNothing_SaysSo()
    {
        File.CreateSymbolicLink(_folder["a.pt"], _folder["nothing"]);
        Assert.Contains("leads to no file", Read().Header.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AFileThatIsGoneMeanwhile_IsWorthAnotherTry()
    {
        _folder.Adapter("a.safetensors");
        var found = FolderWalk.Of([_folder.Root]).Files.Single();
        File.Delete(found.FullPath);
        var (header, tryAgain) = LoraHeaderReader.Read(found);
        Assert.NotNull(header.Problem);
        Assert.True(tryAgain);
    }
}
