namespace LoraBridge.Server;

/// <summary>
/// The small model that comes with the program and draws emoji (samples/EmojiDiffusion makes it), so that pictures can be drawn and adapters be
/// trained before anybody has found a checkpoint. It is used where no other is there.
/// </summary>
internal static class EmbeddedModel
{
    /// <summary>Its file, beside the program; null where a build left it out.</summary>
    public static string? Path { get; } = System.IO.Path.Combine(AppContext.BaseDirectory, "models", "lorabridge-emoji.safetensors") is var path && File.Exists(path) ? path : null;
}
