namespace LoraBridge.Tests.Goldens;

/// <summary>How one kind of golden file is checked: which cases it holds, and the check of one case.</summary>
/// <param name="FileName">The file's name in a folder of goldens, e.g. <c>unet.safetensors</c>.</param>
/// <param name="Cases">Reads the names of the cases from the file itself.</param>
/// <param name="Run">Checks one case of the file at a path; throws when it differs.</param>
internal sealed record GoldenCheck(string FileName, Func<string, IEnumerable<string>> Cases, Action<string, string> Run);
