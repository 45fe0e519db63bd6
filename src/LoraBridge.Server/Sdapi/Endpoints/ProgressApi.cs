using LoraBridge.Server.Errors;
using LoraBridge.Server.Sdapi.Drawing;
using LoraBridge.Server.Sdapi.Wire;

namespace LoraBridge.Server.Sdapi.Endpoints;

/// <summary>Tells how far the job in work is, and ends it; nothing here waits for it.</summary>
internal static class ProgressApi
{
    public static void MapProgress(this RouteGroupBuilder routes)
    {
        var group = routes.MapGroup("").WithTags("Progress");
        group.MapGet("/progress", Get).WithName("SdapiProgress").WithSummary("Say how far the job in work is");
        group.MapPost("/interrupt", InterruptAsync).WithName("SdapiInterrupt").WithSummary("End the job in work with the pictures so far");
        group.MapPost("/skip", SkipAsync).WithName("SdapiSkip").WithSummary("End the batch in work");
    }

    private static JsonAnswer Get(HttpRequest request, Generations generations)
    {
        var withoutPicture = false;
        if (request.Query.TryGetValue("skip_current_image", out var text))
            withoutPicture = FieldValue.Flag(text.ToString()) ?? throw new InvalidRequestException([FieldValue.Wrong(FieldKind.Flag, ["query", "skip_current_image"])]);

        var state = generations.State;
        var progress = state.JobCount == 0 ? 0 : Math.Min(1, 0.01 + state.Fraction);
        var elapsed = generations.Elapsed.TotalSeconds;
        return new(new
        {
            Progress = progress,
            EtaRelative = state.JobCount == 0 ? 0 : (elapsed / progress) - elapsed,
            State = new
            {
                state.Skipped,
                state.Interrupted,
                StoppingGeneration = false,
                state.Job,
                state.JobCount,
                state.JobTimestamp,
                state.JobNo,
                state.SamplingStep,
                state.SamplingSteps,
            },
            CurrentImage = withoutPicture || state.JobCount == 0 ? null : state.Preview,
            Textinfo = state.Text,
        });
    }

    private static async Task<JsonAnswer> InterruptAsync(Generations generations)
    {
        await generations.InterruptAsync().ConfigureAwait(false);
        return JsonAnswer.Empty;
    }

    private static async Task<JsonAnswer> SkipAsync(Generations generations)
    {
        await generations.SkipAsync().ConfigureAwait(false);
        return JsonAnswer.Null;
    }
}
