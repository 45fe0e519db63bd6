using LoraBridge.Server.Status;

namespace LoraBridge.Server.Tests.Status;

public sealed class TorchSupplyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("torch-supply-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Read_ThePackageSupply_HasThePackagesVersion()
    {
        Assert.Equal(new TorchSupply("package", "0.107.0", null), TorchSupply.Read(_folder, "package", "0.107.0"));
    }

    [Fact]
    public void Read_ASystemSupplyWithoutItsBridge_IsNone()
    {
        File.WriteAllText(Path.Combine(_folder, "torch-folder.txt"), "/usr\n");

        Assert.Equal("none", TorchSupply.Read(_folder, "system", "0.107.0").Supply);
    }

    [Fact]
    public void Read_ASystemSupply_TakesTheVersionFromItsHeader()
    {
        var torch = Path.Combine(_folder, "torch");
        var header = Path.Combine(torch, "include", "torch", "csrc", "api", "include", "torch");
        Directory.CreateDirectory(header);
        File.WriteAllText(Path.Combine(header, "version.h"), "#define TORCH_VERSION_MAJOR 2\n#define TORCH_VERSION_MINOR 14\n");
        File.WriteAllText(Path.Combine(_folder, "torch-folder.txt"), torch + "\n");
        File.WriteAllText(Path.Combine(_folder, "liblorabridge_torch.any.so"), "");

        var supply = TorchSupply.Read(_folder, "system", null);

        Assert.Equal("system", supply.Supply);
        Assert.Equal("2.14", supply.Version);
    }

    [Theory]
    [InlineData("package", "TorchSharp 1.2")]
    [InlineData("system", "libtorch 1.2 in /torch")]
    [InlineData("none", "./lorabridge setup")]
    public void Describe_AnySupply_SaysWhatItIs(string supply, string expected)
    {
        Assert.Contains(expected, new TorchSupply(supply, "1.2", "/torch").Describe(), StringComparison.Ordinal);
    }
}
