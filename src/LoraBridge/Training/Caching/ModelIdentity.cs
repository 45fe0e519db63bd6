using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using LoraBridge.Diffusion.Models;
using static TorchSharp.torch;

namespace LoraBridge.Training.Caching;

/// <summary>
/// Names a network by its weights as they were loaded, widened to float32, and not by its file: checkpoints with the same autoencoder share
/// their latents, whether it is built in or a file of its own, and a file that is replaced after it was loaded deceives nobody.
/// </summary>
public static class ModelIdentity
{
    /// <summary>The hash of an autoencoder's encoding half in 64 hexadecimal digits; many fine-tuned autoencoders differ in the other half alone.</summary>
    public static string Of(AutoencoderKL autoencoder)
    {
        ArgumentNullException.ThrowIfNull(autoencoder);
        return Of(autoencoder, $"autoencoder, {autoencoder.Config.NormGroups} norm groups", name => name.StartsWith("encoder.", StringComparison.Ordinal) || name.StartsWith("quant_conv.", StringComparison.Ordinal));
    }

    /// <summary>The hash of a text encoder in 64 hexadecimal digits.</summary>
    /// <exception cref="InvalidOperationException">An adapter acts on it: its states are the adapter's too, and not to be cached.</exception>
    public static string Of(ClipTextModel textEncoder)
    {
        ArgumentNullException.ThrowIfNull(textEncoder);
        return Of(textEncoder, $"text encoder, {textEncoder.Config.Heads} heads, quick {textEncoder.Config.IsQuickGelu}", _ => true);
    }

    private static string Of(nn.Module model, string kind, Func<string, bool> isUsed)
    {
        using var noGrad = no_grad();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, kind);
        foreach (var slot in ModelWeights.Slots(model).Where(slot => isUsed(slot.Name)).OrderBy(slot => slot.Name, StringComparer.Ordinal))
        {
            if (slot.Layer.Adapted is not null)
                throw new InvalidOperationException($"An adapter acts on {slot.Name}, so what the network computes is not its own: take the adapter off before filling a cache.");
            using var scope = NewDisposeScope();
            var parameter = slot.Parameter == nameof(WeightLayer.bias) ? slot.Layer.Bias! : slot.Layer.Weight;
            Append(hash, $"{slot.Name} {string.Join('x', slot.Shape)}");
            hash.AppendData(parameter.detach().to(ScalarType.Float32).cpu().contiguous().bytes);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Append(IncrementalHash hash, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }
}
