using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using LoraBridge.Server.Sdapi.Drawing;
using LoraBridge.Server.Sdapi.Files;
using LoraBridge.Server.Sdapi.Settings;
using LoraBridge.Server.Sdapi.Wire;
using LoraBridge.Server.Status;

namespace LoraBridge.Server.Sdapi.Endpoints;

/// <summary>What the WebUI's own page asks for.</summary>
internal static class InternalApi
{
    private static readonly FieldTable s_progress = new(Field.Text("id_task"), Field.Integer("id_live_preview", -1), Field.Flag("live_preview", true));

    public static void MapInternal(this RouteGroupBuilder routes)
    {
        var group = routes.MapGroup("").WithTags("WebUI page");
        group.MapPost("/progress", ProgressAsync).WithMetadata(s_progress).WithName("InternalProgress").WithSummary("Say how far a task is, with a preview where there is a new one");
        group.MapGet("/pending-tasks", Pending).WithName("InternalPendingTasks").WithSummary("List the tasks that wait");
        group.MapGet("/ping", () => JsonAnswer.Empty).WithName("InternalPing").WithSummary("Answer");
        group.MapGet("/quicksettings-hint", Hint).WithName("InternalQuicksettingsHint").WithSummary("List the settings with their names for people");
        group.MapGet("/profile-startup", Startup).WithName("InternalProfileStartup").WithSummary("Say how long the start took");
        group.MapGet("/sysinfo", (ModelFolders folders) => Describe(folders, null)).WithName("InternalSysinfo").WithSummary("Describe this machine as text");
        group.MapGet("/sysinfo-download", (ModelFolders folders, TimeProvider time) => Describe(folders, time)).WithName("InternalSysinfoDownload").WithSummary("Describe this machine as a file");
    }

    private static async Task<JsonAnswer> ProgressAsync(HttpRequest request, Generations generations, OptionsStore store)
    {
        var fields = await RequestBody.ReadAsync(request, s_progress).ConfigureAwait(false);
        var (id, seen) = (fields.TextOrNull("id_task"), fields.Integer("id_live_preview"));
        var (pending, queue) = (generations.Queue.Pending.ToList(), generations.Queue);
        var (active, place) = (id is not null && id == queue.Running, id is null ? -1 : pending.IndexOf(id));
        if (!active)
            return Answer(active, place >= 0, id is not null && queue.IsFinished(id), null, null, null, -1, place >= 0 ? $"In queue: {place + 1}/{pending.Count}" : "Waiting...");

        var state = generations.State;
        var elapsed = generations.Elapsed.TotalSeconds;
        var isNew = fields.Flag("live_preview") && store.Current.Flag("live_previews_enable") && state.Preview is not null && state.PreviewId != seen;
        return Answer(
            active, queued: false, completed: queue.IsFinished(id!),
            state.Fraction,
            state.Fraction > 0 ? (elapsed / state.Fraction) - elapsed : null,
            isNew ? $"data:image/png;base64,{Convert.ToBase64String(state.Preview!)}" : null,
            isNew ? state.PreviewId : seen,
            state.Text);
    }

    private static JsonAnswer Answer(bool active, bool queued, bool completed, double? progress, double? eta, string? preview, long previewId, string? text) =>
        new(new { Active = active, Queued = queued, Completed = completed, Progress = progress, Eta = eta, LivePreview = preview, IdLivePreview = previewId, Textinfo = text });

    private static JsonAnswer Pending(Generations generations)
    {
        var tasks = generations.Queue.Pending;
        return new(new { Size = tasks.Count, Tasks = tasks });
    }

    private static JsonAnswer Hint() => new(SettingTable.All.Select(setting => new { setting.Name, setting.Label }));

    private static JsonAnswer Startup(ServerClock clock) => new(new { Total = 0.0, Records = new Dictionary<string, double>(), StartedAt = clock.StartedAt.ToUnixTimeSeconds() });

    private static SystemText Describe(ModelFolders folders, TimeProvider? fileOf)
    {
        var text = JsonSerializer.Serialize(new
        {
            Platform = RuntimeInformation.OSDescription,
            Dotnet = RuntimeInformation.FrameworkDescription,
            Version = $"LoraBridge {StatusApi.ServerVersion}",
            Torch = TorchSupply.Read().Describe(),
            DataPath = folders.Data.Path,
            Processors = Environment.ProcessorCount,
            MemoryBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        }, SdapiJson.Indented);
        return new SystemText(text, fileOf is null ? null : $"sysinfo-{fileOf.GetUtcNow():yyyy-MM-dd-HH-mm}.json");
    }

    internal sealed class SystemText(string text, string? fileName) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers.ContentDisposition = fileName is null ? "inline" : $"attachment; filename=\"{fileName}\"";
            httpContext.Response.ContentType = "text/plain; charset=utf-8";
            await httpContext.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), httpContext.RequestAborted).ConfigureAwait(false);
        }
    }
}
