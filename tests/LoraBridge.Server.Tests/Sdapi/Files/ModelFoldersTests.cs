using LoraBridge.Server.Sdapi;
using LoraBridge.Server.Sdapi.Files;

namespace LoraBridge.Server.Tests.Sdapi.Files;

public sealed class ModelFoldersTests
{
    private static ModelFolders Of(SdapiSettings settings) => new(new DataFolder("/data"), settings);

    [Fact]
    public void Checkpoints_NamedFolders_ComeBeforeTheWebUisAndTheDataFolders()
    {
        var folders = Of(new() { WebUiFolder = "/webui", CheckpointFolders = ["/a", "/b"], VaeFolders = ["/c"] });

        Assert.Equal(["/a", "/b", "/webui/models/Stable-diffusion", "/data/checkpoints"], folders.Checkpoints);
        Assert.Equal(["/c", "/webui/models/VAE", "/data/vae"], folders.Vaes);
    }

    [Fact]
    public void Kept_WithoutNamedFolders_IsTheDataFolders()
    {
        Assert.Equal("/data/loras", Of(new()).Kept);
        Assert.Equal("/data/loras", Of(new() { WebUiFolder = "/webui" }).Kept);
        Assert.Equal("/data/loras", Of(new() { LoraFolders = ["/data/loras", "/webui/models/Lora"] }).Kept);
    }

    [Fact]
    public void Kept_OtherFoldersNamedInstead_IsTheOneThatWinsNames() =>
        Assert.Equal("/webui/models/Lora", Of(new() { LoraFolders = ["/webui/models/LyCORIS", "/webui/models/Lora"] }).Kept);
}
