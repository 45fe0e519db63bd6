using LoraBridge.Diffusion.Text;
using LoraBridge.Generation;
using LoraBridge.Imaging;
using LoraBridge.Server.Engine.Protocol;
using LoraBridge.Server.Sdapi.Drawing;

namespace LoraBridge.Server.Tests.Sdapi;

/// <summary>An engine without torch: plain pictures whose colour is their seed's, and a memory of what it was asked.</summary>
internal sealed class DrawnEngine
{
    private readonly List<string> _told = [];

    /// <summary>The calls in their order.</summary>
    public List<GenerateCall> Calls { get; } = [];

    /// <summary>What it was told besides: loads, unloads, interrupts, skips.</summary>
    public IReadOnlyList<string> Told
    {
        get
        {
            lock (_told) return [.. _told];
        }
    }

    /// <summary>What a call waits for before it is done; nothing, unless a test wants to look at it in work.</summary>
    public Func<GenerateCall, IProgress<EngineProgress>, Task> Work { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>What the device says of itself.</summary>
    public DeviceMemory? Device { get; set; }

    /// <summary>The last request that began with noise.</summary>
    public TextToImageRequest Text => (TextToImageRequest)Calls[^1].Request;

    /// <summary>The last request that began with a picture.</summary>
    public ImageToImageRequest Image => (ImageToImageRequest)Calls[^1].Request;

    /// <summary>What it says that had no effect.</summary>
    public IReadOnlyList<PromptWarning> Warnings { get; set; } = [];

    /// <summary>Forgets everything.</summary>
    public void Reset()
    {
        lock (_told) _told.Clear();
        Calls.Clear();
        (Work, Device, Warnings) = ((_, _) => Task.CompletedTask, null, []);
    }

    public EngineCalls ToCalls() => new()
    {
        DrawAsync = DrawAsync,
        InterruptAsync = id => Tell($"interrupt {id}"),
        SkipAsync = id => Tell($"skip {id}"),
        UnloadAsync = _ => Tell("unload"),
        LoadAsync = (call, _) => Tell($"load {Path.GetFileName(call.Model.Path)} {Path.GetFileName(call.Model.Vae)}".Trim()),
        MemoryAsync = _ => Task.FromResult(new EngineMemory(1000, [], Device)),
    };

    private async Task<GenerateResult> DrawAsync(GenerateCall call, IProgress<EngineProgress> progress, CancellationToken cancel)
    {
        lock (_told) Calls.Add(call);
        await Work(call, progress).WaitAsync(cancel);
        var request = call.Request;
        var seed = request.Seed ?? 4242;
        return new([.. Enumerable.Range(0, request.Count).Select(i => Drawn(request, request.SubseedStrength != 0 ? seed : seed + i, i))], Warnings, [])
        {
            Facts = new GenerationFacts
            {
                Prompt = request.Prompt,
                NegativePrompt = request.NegativePrompt,
                Seed = seed,
                Subseed = request.Subseed ?? 77,
                BatchSize = request.BatchSize,
                Sampler = "Euler",
                ScheduleType = "Automatic",
                ModelName = Path.GetFileNameWithoutExtension(call.Model.Path) ?? "",
                ModelHash = "0123456789",
                Extra = [new("Schedule type", "Automatic")],
            },
        };
    }

    private static EnginePicture Drawn(PictureRequest request, long seed, int i)
    {
        var infotext = $"{request.Prompt}\nSteps: {request.Steps}, Sampler: Euler, CFG scale: {request.GuidanceScale:0.0}, Seed: {seed}, Size: {request.Width}x{request.Height}";
        return new(Png(request.Width, request.Height, (byte)seed, infotext), infotext, seed) { Subseed = (request.Subseed ?? 77) + i };
    }

    /// <summary>A PNG file of one grey.</summary>
    public static byte[] Png(int width, int height, byte grey, string? infotext = null)
    {
        var picture = new Picture(width, height, 3);
        picture.Fill(new Rgb(grey, grey, grey));
        return PictureFile.Encode(picture, new() { Parameters = infotext });
    }

    private Task Tell(string what)
    {
        lock (_told) _told.Add(what);
        return Task.CompletedTask;
    }
}
