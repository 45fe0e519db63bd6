using System.Text.Json.Nodes;

namespace LoraBridge.Server.Blends;

/// <summary>A blend's picture.</summary>
/// <param name="Image">A PNG file in base64; the infotext stands in it too.</param>
/// <param name="Infotext">How it was made, the blend as tags.</param>
/// <param name="Seed">Its seed: ask with it again, and more steps or pixels, for the same picture sharpened.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Steps">Sampling steps.</param>
/// <param name="Seconds">How long it took, waiting included.</param>
/// <param name="Warnings">What had no effect, and why.</param>
internal sealed record BlendPicture(byte[] Image, string Infotext, long Seed, int Width, int Height, int Steps, double Seconds, IReadOnlyList<string> Warnings);

/// <summary>A table of a blend's pictures.</summary>
/// <param name="Sheet">All pictures with their labels, a PNG file in base64.</param>
/// <param name="Columns">Pictures in a row.</param>
/// <param name="Seed">The seed of all of them.</param>
/// <param name="Seconds">How long it took, waiting included.</param>
/// <param name="Pictures">Row by row.</param>
/// <param name="Warnings">What had no effect, and why.</param>
internal sealed record BlendTable(byte[] Sheet, int Columns, long Seed, double Seconds, IReadOnlyList<BlendCell> Pictures, IReadOnlyList<string> Warnings);

/// <summary>One picture of a table.</summary>
/// <param name="Image">A PNG file in base64.</param>
/// <param name="Infotext">How it was made.</param>
/// <param name="Label">What stands over it.</param>
/// <param name="Across">The value of the axis across.</param>
/// <param name="Down">The value of the axis down; null without one.</param>
internal sealed record BlendCell(byte[] Image, string Infotext, string Label, double Across, double? Down);

/// <summary>What a text came to.</summary>
/// <param name="Recipe">The blend; where the text was an infotext, with its picture.</param>
/// <param name="Warnings">What of it has no effect, and why.</param>
/// <param name="Unknown">Adapters that are not there.</param>
internal sealed record ParsedBlend(BlendRecipe Recipe, IReadOnlyList<string> Warnings, IReadOnlyList<UnknownAdapter> Unknown);

/// <summary>A blend as text.</summary>
/// <param name="Tags">The tags alone.</param>
/// <param name="Prompt">The prompt with the tags at its end.</param>
/// <param name="Txt2img">The body of POST /sdapi/v1/txt2img that draws the same.</param>
internal sealed record FormattedBlend(string Tags, string Prompt, JsonObject Txt2img);
