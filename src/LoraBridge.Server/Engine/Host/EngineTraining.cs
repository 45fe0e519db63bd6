using LoraBridge.Generation;
using LoraBridge.Server.Engine.Protocol;
using LoraBridge.Training;
using LoraBridge.Training.Preflight;

namespace LoraBridge.Server.Engine.Host;

/// <summary>Runs a training that makes room for others between its steps, shares the models in memory, and can be named in prompts.</summary>
internal static class EngineTraining
{
    public static TrainResult Run(TrainCall call, EngineJob job, EngineWorker worker, LoadedModels models, LiveLoras live, EngineStart start, Action modelsChanged)
    {
        var result = LoraTrainer.Run(call.Options, new()
        {
            Vocabulary = start.Vocabulary,
            CacheFolder = start.CacheFolder,
            Progress = new Events(job, worker, modelsChanged),
            Stop = job.Stop,
            Finish = job.Finish,
            Cancel = job.Cancel,
            Models = models,
            Guests = new(() => worker.AreGuestsWaiting, worker.ServeGuests),
            Live = live,
            LiveNames = call.LiveNames,
        });
        return new(result);
    }

    /// <summary>Says what a run would take, with two steps of it where that is wanted.</summary>
    public static PreflightResult Predict(PreflightCall call, EngineJob job, EngineWorker worker, LoadedModels models, EngineStart start)
    {
        var host = new TrainerHost { Vocabulary = start.Vocabulary, CacheFolder = start.CacheFolder, Progress = new Signs(worker), Stop = job.Stop, Cancel = job.Stop, Models = models };
        return new(call.Measure ? PreflightCheck.Measure(call.Options, host) : PreflightCheck.Predict(call.Options, host));
    }

    /// <summary>Every stage is a sign of life.</summary>
    private sealed class Signs(EngineWorker worker) : IProgress<TrainingEvent>
    {
        public void Report(TrainingEvent value) => worker.GiveSign();
    }

    /// <summary>Sends what happens; each event is a sign of life.</summary>
    private sealed class Events(EngineJob job, EngineWorker worker, Action modelsChanged) : IProgress<TrainingEvent>
    {
        private (string Name, int Percent) _stage;

        public void Report(TrainingEvent value)
        {
            worker.GiveSign();
            if (value is TrainingStepDone)
            {
                worker.StepTaken();
                modelsChanged();
            }
            if (value is TrainingStage stage)
            {
                var now = (stage.Name, (int)(100 * stage.Fraction));
                if (now == _stage) return;                                      // a stage may report every picture of thousands
                _stage = now;
            }
            job.Report(new EventLine(value));
        }
    }
}
