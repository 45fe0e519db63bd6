using LoraBridge.Server.Engine;
using LoraBridge.Server.Engine.Protocol;
using LoraBridge.Training;
using LoraBridge.Training.Settings;

namespace LoraBridge.Server.Jobs.Kinds;

/// <summary>Trainings. A run has the job's folder for itself and always goes on from the state it finds there, so that it does not matter what ended it.</summary>
internal sealed class TrainKind(EngineClient client, JobDefaults defaults, RequestFiles files)
{
    /// <summary>The row of the table.</summary>
    public JobKind Kind => new("train")
    {
        Check = Check,
        RunAsync = RunAsync,
        CanFinish = true,
        SweepsIn = "varied",
        // where a run's files lie and what it goes on from is different for every job
        Values = draft => SettingsExplanation.Of(TrainRequest.Read(draft, defaults)).Settings.Where(row => row.Path is not ("saving.folder" or "loop.resume")).Select(row => new JobValue(row.Path, row.Value, row.Meaning)),
        Extend = (draft, more) => new(TrainRequest.Longer(draft, more, TrainRequest.Options(TrainRequest.Read(draft, defaults), files)), []),
    };

    private CheckedRequest Check(JobDraft draft)
    {
        var report = TrainRequest.Read(draft, defaults);
        TrainRequest.Options(report, files);
        return new(TrainRequest.WithModel(draft.Request, report), [.. report.Problems.Where(problem => problem.Severity == Severity.Warning).Select(problem => problem.Message)]);
    }

    private async Task<JobOutcome> RunAsync(JobRun run)
    {
        var job = run.Job;
        var options = TrainRequest.Options(TrainRequest.Read(new(job.Id, job.Name, run.Folder, run.Request), defaults), files);
        await using var finishing = run.Finishing.Register(() => _ = client.StopTrainingAsync(job.Id, TrainingStop.Finish, CancellationToken.None));
        await using var cancelling = run.Cancelling.Register(() => _ = client.StopTrainingAsync(job.Id, TrainingStop.Cancel, CancellationToken.None));
        var isTold = false;
        TrainingResult? result = null;
        await foreach (var happened in client.TrainAsync(new(options) { Id = job.Id, LiveNames = [job.Id] }, run.Pausing).ConfigureAwait(false))
        {
            // a wish that came before the client knew of the training is told to it now
            if (!isTold && run.Stop is JobStop.Finish or JobStop.Cancel)
                isTold = await client.StopTrainingAsync(job.Id, run.Stop == JobStop.Finish ? TrainingStop.Finish : TrainingStop.Cancel, CancellationToken.None).ConfigureAwait(false);
            if (happened is TrainingEnded ended) result = ended.Result;
            else TrainEvents.Tell(run, happened);
        }
        return new(result!.IsComplete, result);
    }
}
