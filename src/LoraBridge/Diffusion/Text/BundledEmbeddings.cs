using LoraBridge.Checkpoints;
using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Text;

/// <summary>Embeddings that a LoRA file carries along, in keys <c>bundle_emb.name.string_to_param.*</c>.</summary>
public static class BundledEmbeddings
{
    private const string Prefix = "bundle_emb.";
    private const string Parameters = ".string_to_param.";

    /// <summary>Whether a key of a LoRA file belongs to an embedding and to no layer.</summary>
    public static bool IsKey(string key) => key.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Reads the embeddings of a LoRA file.</summary>
    /// <param name="file">The open file.</param>
    /// <param name="warnings">Told of each that cannot be used, and why; the others are read.</param>
    /// <returns>The embeddings in the order of the file, without a hash; none in most files.</returns>
    public static IReadOnlyList<TextEmbedding> Read(CheckpointFile file, ICollection<PromptWarning> warnings)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(warnings);
        using var scope = NewDisposeScope();
        var embeddings = new List<TextEmbedding>();
        foreach (var group in file.Tensors.Keys.Where(IsKey).Select(key => (Key: key, Name: NameOf(key))).GroupBy(item => item.Name, StringComparer.Ordinal))
        {
            var keys = group.Select(item => item.Key).ToList();
            if (keys.Count != 1 || !keys[0].AsSpan(Prefix.Length + group.Key.Length).StartsWith(Parameters))
            {
                var reason = keys.Exists(key => key.EndsWith(".clip_l", StringComparison.Ordinal) || key.EndsWith(".clip_g", StringComparison.Ordinal))
                    ? "it is for SDXL; this LoRA belongs to another family"
                    : $"its key should be {Prefix}{group.Key}{Parameters}* and it has {string.Join(", ", keys)}";
                warnings.Add(new(group.Key, $"The embedding '{group.Key}' in {Path.GetFileName(file.Path)} was left out: {reason}."));
                continue;
            }
            try
            {
                embeddings.Add(TextEmbedding.FromTensor(group.Key, file.Read(keys[0]), file.Path));
            }
            catch (CheckpointFormatException error)
            {
                warnings.Add(new(group.Key, $"The embedding '{group.Key}' in {Path.GetFileName(file.Path)} was left out: {error.Reason}."));
            }
        }
        return embeddings;
    }

    /// <summary>The name ends at the first dot, as the WebUI reads it; where the parameters' key follows later, there.</summary>
    private static string NameOf(string key)
    {
        var rest = key[Prefix.Length..];
        var parameters = rest.IndexOf(Parameters, StringComparison.Ordinal);
        var end = parameters > 0 ? parameters : rest.IndexOf('.');
        return end < 0 ? rest : rest[..end];
    }
}
