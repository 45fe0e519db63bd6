using LoraBridge.Generation;
using LoraBridge.Server.Engine.Protocol;
using LoraBridge.Server.Errors;
using LoraBridge.Server.Sdapi.Files;
using LoraBridge.Server.Sdapi.Settings;

namespace LoraBridge.Server.Sdapi.Drawing;

/// <summary>Draws a job, whole or a part of it, with the checkpoint and the autoencoder that its settings mean.</summary>
internal sealed class JobDrawing(Generations generations, RequestMapping mapping, CheckpointList checkpoints, VaeList vaes, OptionsStore store)
{
    /// <summary>The checkpoint of some settings; another one only where the server's own setting names one that is gone.</summary>
    /// <exception cref="SdapiFailure">There is none at all, or none of the name that a job asks for.</exception>
    public Checkpoint CheckpointOf(Options options)
    {
        var name = options.Text("sd_model_checkpoint");
        if (checkpoints.FindLike(name) is { } named) return named;
        if (!string.IsNullOrEmpty(name) && name != store.Current.Text("sd_model_checkpoint")) throw new SdapiFailure("RuntimeError", $"Unknown checkpoint: {name}");
        return checkpoints.Default ?? throw new SdapiFailure("FileNotFoundError", "there is no checkpoint: start the server with --model FILE, or with --webui-dir DIR where models/Stable-diffusion holds one, then refresh the checkpoints");
    }

    /// <summary>The checkpoint with the autoencoder of some settings.</summary>
    /// <exception cref="SdapiFailure">There is no checkpoint at all.</exception>
    public ModelChoice ModelOf(Options options)
    {
        var checkpoint = CheckpointOf(options);
        return new(checkpoint.Path, vaes.Find(options.Text("sd_vae"), checkpoint)?.Path);
    }

    /// <summary>Checks a job before it waits for its turn.</summary>
    /// <exception cref="SdapiException">A number is out of range.</exception>
    public PictureRequest Request(PictureJob job)
    {
        try
        {
            PictureRequest request = job.IsImageToImage ? mapping.ImageToImage(job.Fields, job.Options, job.Init, job.Mask) : mapping.TextToImage(job.Fields, job.Options);
            request.Validate();
            return request;
        }
        catch (ArgumentException wrong)
        {
            throw new SdapiException(422, wrong.Message);
        }
    }

    /// <summary>Draws.</summary>
    /// <param name="job">What.</param>
    /// <param name="part">Which part of the whole it is, from 0.</param>
    /// <param name="parts">How many parts the whole has.</param>
    /// <param name="cancel">Gives it up.</param>
    public async Task<JobResult> DrawAsync(PictureJob job, int part = 0, int parts = 1, CancellationToken cancel = default)
    {
        var request = Request(job);
        // each part is a call of its own, and its id must be too
        var call = new GenerateCall(request) { Id = parts == 1 ? job.Id : $"{job.Id}/{part}", Model = ModelOf(job.Options) };
        return new(request, await generations.DrawAsync(call, part, parts, cancel).ConfigureAwait(false));
    }
}
