using LoraBridge.Checkpoints;
using LoraBridge.Lora.Tools;
using LoraBridge.Tests.Checkpoints;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Lora.Tools;

public sealed class FamilyMatchTests : IDisposable
{
    private const string Key = "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k.lora_down.weight";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(2048, "Stable Diffusion XL")]
    [InlineData(1024, "Stable Diffusion 2.x")]
    [InlineData(768, "Stable Diffusion 1.x")]
    public void Differ_AnAdapterOfAnotherWidth_NamesBothFamilies(int width, string family)
    {
        var found = FamilyMatch.Differ(Adapter(width), ToolAdapters.Model)!;

        Assert.Equal(family, found.Adapter);
        Assert.Equal("a Stable Diffusion 1.x of another size, with text embeddings 64 wide", found.Model);
    }

    [Fact]
    public void Differ_FilesThatFit_OrTellNothing_IsNull()
    {
        Assert.Null(FamilyMatch.Differ(ToolAdapters.Linear, ToolAdapters.Model));
        Assert.Null(FamilyMatch.Differ(Adapter(2048), ToolAdapters.Linear));        // no checkpoint
        Assert.Null(FamilyMatch.Differ(_folder.File("gone.safetensors"), ToolAdapters.Model));
        File.WriteAllText(_folder.File("text.safetensors"), "no checkpoint");
        Assert.Null(FamilyMatch.Differ(_folder.File("text.safetensors"), ToolAdapters.Model));
    }

    private string Adapter(int width)
    {
        using var scope = NewDisposeScope();
        var path = _folder.File($"{width}.safetensors");
        SafetensorsWriter.Write(path, new Dictionary<string, Tensor> { [Key] = zeros(1, width) });
        return path;
    }
}
