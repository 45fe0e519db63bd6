using LoraBridge.Generation;
using LoraBridge.Server.Blends;
using LoraBridge.Server.Engine.Protocol;
using LoraBridge.Server.Tests.Sdapi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LoraBridge.Server.Tests.Blends;

/// <summary>The real server over an engine without torch that draws grey, with a folder of adapters.</summary>
internal sealed class BlendServer : IAsyncDisposable
{
    private readonly string _data;

    private BlendServer(string data) => _data = data;

    public RunningServer Server { get; private set; } = null!;

    public HttpClient Http => Server.Http;

    public string Data => _data;

    /// <summary>The single pictures that were asked for.</summary>
    public List<GenerateCall> Drawn { get; } = [];

    /// <summary>The grids that were asked for.</summary>
    public List<PreviewCall> Grids { get; } = [];

    /// <summary>What drawing waits for.</summary>
    public Func<CancellationToken, Task> Work { get; set; } = _ => Task.CompletedTask;

    public TextToImageRequest Request => (TextToImageRequest)Drawn[^1].Request;

    public static Task<BlendServer> StartAsync(params string[] adapters) => StartAsync(_ => { }, adapters);

    public static async Task<BlendServer> StartAsync(Action<string> prepare, params string[] adapters)
    {
        var data = Directory.CreateTempSubdirectory("blends-").FullName;
        prepare(data);
        foreach (var adapter in adapters) AddAdapter(data, adapter);
        var server = new BlendServer(data);
        var calls = new BlendCalls { DrawAsync = server.DrawAsync, GridAsync = server.GridAsync };
        server.Server = await RunningServer.StartAsync(more: services => Replace(services, calls), data: data);
        return server;
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    /// <summary>A checkpoint of Stable Diffusion 1, as far as headers tell.</summary>
    public static void AddCheckpoint(string data, int width = 768)
    {
        var folder = Directory.CreateDirectory(Path.Combine(data, "checkpoints")).FullName;
        Safetensors.Write(Path.Combine(folder, "dream.safetensors"), new()
        {
            ["model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight"] = [4, width],
            ["cond_stage_model.transformer.text_model.embeddings.token_embedding.weight"] = [4, width],
        });
    }

    /// <summary>An adapter of a family, by the width of the text that it takes.</summary>
    public static void AddAttention(string data, string name, int width = 2048)
    {
        var path = Path.Combine(data, "loras", name + ".safetensors");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Safetensors.Write(path, new() { ["lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_k.lora_down.weight"] = [1, width], ["lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_k.lora_up.weight"] = [4, 1] });
    }

    private static void Replace(IServiceCollection services, BlendCalls calls)
    {
        services.AddSingleton(calls);
        // nobody works on jobs: they would start a real engine
        foreach (var runner in services.Where(service => service.ServiceType == typeof(IHostedService) && service.ImplementationFactory is not null).ToList()) services.Remove(runner);
    }

    private static void AddAdapter(string data, string name)
    {
        var path = Path.Combine(data, "loras", name + ".safetensors");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Safetensors.Write(path, new() { ["lora_unet_mid_block_attentions_0_proj_in.lora_down.weight"] = [4, 8], ["lora_unet_mid_block_attentions_0_proj_in.lora_up.weight"] = [8, 4] }, new() { ["ss_output_name"] = name + "-alias" });
    }

    private async Task<GenerateResult> DrawAsync(GenerateCall call, CancellationToken cancel)
    {
        lock (Drawn) Drawn.Add(call);
        await Work(cancel).WaitAsync(cancel);
        var request = call.Request;
        return new([new(DrawnEngine.Png(request.Width, request.Height, 100), "how it was made", request.Seed ?? 4242)], [new("tag", "It had no effect.")], ["A note."]);
    }

    private async Task<PreviewResult> GridAsync(PreviewCall call, CancellationToken cancel)
    {
        lock (Grids) Grids.Add(call);
        await Work(cancel).WaitAsync(cancel);
        var picture = call.Request.Picture;
        return new(DrawnEngine.Png(8, 8, 1), [.. call.Request.Blends.Select((blend, i) => new EnginePicture(DrawnEngine.Png(8, 8, (byte)i), blend.Title, picture.Seed!.Value))], []);
    }
}
