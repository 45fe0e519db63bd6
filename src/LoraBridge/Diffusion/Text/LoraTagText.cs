using System.Globalization;

namespace LoraBridge.Diffusion.Text;

/// <summary>Writes tags as prompts have them.</summary>
public static class LoraTagText
{
    /// <summary>The tag that reads as this LoRA, such as <c>&lt;lora:name:0.8&gt;</c>.</summary>
    public static string Write(LoraTag lora)
    {
        ArgumentNullException.ThrowIfNull(lora);
        var schedule = lora.Schedule;
        string?[] arguments =
        [
            Number(lora.TextWeight),
            lora.UNetWeight == lora.TextWeight ? null : Number(lora.UNetWeight),
            lora.DynamicRank is { } rank ? $"dyn={rank}" : null,
            schedule.Start == 0 ? null : $"start={Number(schedule.Start)}",
            schedule.Stop == 1 ? null : $"stop={Number(schedule.Stop)}",
            schedule.From == 1 ? null : $"from={Number(schedule.From)}",
            schedule.To == 1 ? null : $"to={Number(schedule.To)}",
            lora.Blocks == BlockWeights.All ? null : $"blocks={lora.Blocks}",
        ];
        return $"<lora:{lora.Name}:{string.Join(':', arguments.Where(argument => argument is not null))}>";
    }

    private static string Number(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);
}
