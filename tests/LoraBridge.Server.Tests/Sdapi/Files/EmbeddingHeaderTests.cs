using System.Text;
using LoraBridge.Imaging;
using LoraBridge.Server.Sdapi.Files;
using LoraBridge.Server.Tests.Launcher;

namespace LoraBridge.Server.Tests.Sdapi.Files;

public sealed class EmbeddingHeaderTests : IDisposable
{
    private static readonly string s_fixtures = Path.Combine(LauncherScript.Root, "tests", "Fixtures", "checkpoints");

    private readonly string _folder = Directory.CreateTempSubdirectory("embeddings-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("embedding.pt")]
    [InlineData("embedding-parameters.pt")]
    public void Read_ATorchFile_TellsShapeAndNotes(string name)
    {
        var header = EmbeddingHeader.Read(Path.Combine(s_fixtures, name))!;

        Assert.Equal(Path.GetFileNameWithoutExtension(name), header.Name);
        Assert.True(header is { Vectors: > 0, Width: > 0 });
    }

    [Fact]
    public void Read_APicture_TellsItsOwnName()
    {
        var json = """{"name":"inside","step":12,"sd_checkpoint":"0123456789","sd_checkpoint_name":"base","string_to_param":{"*":{"TORCHTENSOR":[[1,2,3],[4,5,6]]}}}""";
        var path = Path.Combine(_folder, "outside.png");
        var picture = new Picture(4, 4, 3) { Text = new Dictionary<string, string> { ["sd-ti-embedding"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(json)) } };
        PictureFile.Write(path, picture);

        Assert.Equal(new EmbeddingHeader("inside", 3, 2) { Step = 12, Checkpoint = "0123456789", CheckpointName = "base" }, EmbeddingHeader.Read(path));
    }

    [Theory]
    [InlineData("preview.png")]
    [InlineData("broken.pt")]
    [InlineData("broken.safetensors")]
    public void Read_NoEmbedding_IsNull(string name)
    {
        var path = Path.Combine(_folder, name);
        if (name.EndsWith(".png", StringComparison.Ordinal)) File.WriteAllBytes(path, DrawnEngine.Png(4, 4, 1));
        else File.WriteAllText(path, "no embedding at all");

        Assert.Null(EmbeddingHeader.Read(path));
    }
}
