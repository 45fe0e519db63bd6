using System.Buffers.Binary;
using System.Text;
using LoraBridge.Server.Sdapi.Files;

namespace LoraBridge.Server.Tests.Sdapi.Files;

public sealed class ModelSizesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sizes-").FullName;

    [Theory]
    [InlineData("""{"modelspec.resolution":"128x192"}""", 128, 192)]
    [InlineData("""{"modelspec.resolution":"large"}""", 512, 512)]
    [InlineData("""{}""", 512, 512)]
    public void Of_IsWhatTheFileSays_ElseTheUsualOne(string metadata, int width, int height) =>
        Assert.Equal(new PictureSize(width, height), new ModelSizes().Of(Write("model", metadata, "first_stage_model.x")));

    [Theory]
    [InlineData("conditioner.embedders.1.model.x", 1024)]
    [InlineData("cond_stage_model.model.x", 768)]
    [InlineData("cond_stage_model.transformer.x", 512)]
    public void Of_WithoutMetadata_IsTheFamilys(string key, int side) =>
        Assert.Equal(new PictureSize(side, side), new ModelSizes().Of(Write("model", "{}", key)));

    [Fact]
    public void Of_ForNoCheckpoint_IsTheUsualOne()
    {
        var broken = Path.Combine(_folder, "broken.safetensors");
        File.WriteAllText(broken, "<html>");
        Assert.Equal(new PictureSize(512, 512), new ModelSizes().Of(broken));
        Assert.Equal(new PictureSize(512, 512), new ModelSizes().Of(Path.Combine(_folder, "gone.safetensors")));
    }

    [Fact]
    public void Of_AFileThatWasReplaced_IsReadAgain()
    {
        var sizes = new ModelSizes();
        Assert.Equal(64, sizes.Of(Write("model", """{"modelspec.resolution":"64x64"}""", "x")).Width);
        Assert.Equal(1024, sizes.Of(Write("model", """{"modelspec.resolution":"1024x1024"}""", "x")).Width);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Write(string name, string metadata, string key)
    {
        var path = Path.Combine(_folder, name + ".safetensors");
        var header = Encoding.UTF8.GetBytes($$$"""{"__metadata__":{{{metadata}}},"{{{key}}}":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""");
        var file = new byte[8 + header.Length + 4];
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        header.CopyTo(file, 8);
        File.WriteAllBytes(path, file);
        return path;
    }
}
