using LoraBridge.Generation;
using LoraBridge.Server.Sdapi.Files;

namespace LoraBridge.Server.Sdapi.Drawing;

/// <summary>A job for the engine.</summary>
/// <param name="Id">The task's id.</param>
/// <param name="Request">What to draw.</param>
/// <param name="Checkpoint">With which checkpoint.</param>
/// <param name="Vae">With which autoencoder; null for the checkpoint's own.</param>
internal sealed record DrawingCall(string Id, PictureRequest Request, Checkpoint Checkpoint, VaeFile? Vae);

/// <summary>A picture that was drawn.</summary>
/// <param name="Png">The file, its infotext under <c>parameters</c>.</param>
/// <param name="Infotext">How it was made.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Subseed">Its variation seed.</param>
internal sealed record DrawnPicture(byte[] Png, string Infotext, long Seed, long Subseed)
{
    /// <summary>Whether it was interrupted.</summary>
    public bool IsUnfinished { get; init; }
}

/// <summary>What a job came to.</summary>
/// <param name="Pictures">In the order of their seeds.</param>
/// <param name="Facts">What they have in common.</param>
internal sealed record DrawnPictures(IReadOnlyList<DrawnPicture> Pictures, GenerationFacts Facts);

/// <summary>How far a job is.</summary>
/// <param name="Pass">Sampling passes that are finished.</param>
/// <param name="Passes">Passes in all.</param>
/// <param name="Step">Steps done in the present pass.</param>
/// <param name="Steps">Steps of the present pass.</param>
internal sealed record DrawingProgress(int Pass, int Passes, int Step, int Steps)
{
    /// <summary>The unfinished picture, a PNG file; null where there is nothing new.</summary>
    public byte[]? Preview { get; init; }

    /// <summary>What is going on, where it is not sampling.</summary>
    public string? Text { get; init; }
}

/// <summary>Memory of the engine's process and device in bytes; null parts where nothing is known.</summary>
/// <param name="ProcessBytes">Main memory of the engine.</param>
/// <param name="Free">Free on the device.</param>
/// <param name="Total">The device's size.</param>
/// <param name="Allocated">In use by tensors, now and at most.</param>
/// <param name="Reserved">Held, now and at most.</param>
internal sealed record DrawingMemory(long ProcessBytes, long? Free, long? Total, (long Now, long Peak) Allocated, (long Now, long Peak) Reserved);
