using System.Text.Json;
using LoraBridge.Checkpoints;
using LoraBridge.Diffusion.Models;
using LoraBridge.Diffusion.Text;
using LoraBridge.Generation;
using LoraBridge.Imaging;
using LoraBridge.Lora;
using LoraBridge.Server.Engine.Protocol;
using LoraBridge.Training;
using LoraBridge.Training.Data;
using LoraBridge.Training.Settings;

namespace LoraBridge.Server.Engine.Host;

/// <summary>Turns what the library throws into the last line of an answer.</summary>
internal static class EngineErrors
{
    public static ErrorLine Of(Exception error) => error switch
    {
        _ when TorchFailure.IsOutOfMemory(error) => new(EngineErrorKind.OutOfMemory, $"Memory did not suffice: {FirstLine(error)} Ask for smaller or fewer pictures at a time, end what else uses the device, or use --dtype float16 where it is a GPU. All models were unloaded; the next request loads them again."),
        OperationCanceledException => new(EngineErrorKind.Cancelled, "It was cancelled."),
        SettingsException wrong => new(EngineErrorKind.InvalidRequest, wrong.Message, wrong.Problems.Where(problem => problem.Severity == Severity.Error).SelectMany(problem => problem.Settings).FirstOrDefault()),
        LoraMissingException missing => new(missing.IsThere ? EngineErrorKind.InvalidRequest : EngineErrorKind.NotFound, missing.Message, "loras") { Adapter = missing.Name },
        ModelMissingException missing => new(EngineErrorKind.NotFound, missing.Message, "model"),
        FileNotFoundException or DirectoryNotFoundException => new(EngineErrorKind.NotFound, $"{error.Message.TrimEnd('.')}. Check the path, or choose another."),
        _ when TorchFailure.IsAbsence(error) => new(EngineErrorKind.Unavailable, error.Message),
        VocabularyMissingException or MissingPictureLibraryException => new(EngineErrorKind.Unavailable, error.Message),
        ArgumentException { ParamName: { } field } => new(EngineErrorKind.InvalidRequest, WithoutParameter(error.Message), JsonNamingPolicy.CamelCase.ConvertName(field)),
        LoraMismatchException wrong => new(EngineErrorKind.InvalidRequest, wrong.Message.Replace(wrong.Path, Path.GetFileName(Path.TrimEndingDirectorySeparator(wrong.Path)), StringComparison.Ordinal)),
        ArgumentException or JsonException or NotSupportedException or DatasetException or CheckpointFormatException or CheckpointMismatchException or UnsupportedModelException
            or ModelShapeException or PictureFormatException => new(EngineErrorKind.InvalidRequest, error.Message),
        TrainingDivergedException or IOException or UnauthorizedAccessException or InvalidDataException => new(EngineErrorKind.Failed, error.Message),
        _ => new(EngineErrorKind.Failed, $"{error.GetType().Name}: {FirstLine(error)}"),
    };

    /// <summary>Of torch's messages the first line is for people, the rest a page of native frames.</summary>
    private static string FirstLine(Exception error) => error.Message.Split('\n')[0].TrimEnd('.', ' ') + ".";

    /// <summary>.NET adds the parameter's name and value to a message that says both already.</summary>
    private static string WithoutParameter(string message)
    {
        var end = message.IndexOf(" (Parameter '", StringComparison.Ordinal);
        return end < 0 ? message : message[..end];
    }
}

/// <summary>A call names no checkpoint, and the engine was started without one.</summary>
internal sealed class ModelMissingException() : Exception("No checkpoint is named, and the server was started without one. Choose one, or start the server with --model FILE.");
