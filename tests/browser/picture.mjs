// A small PNG, drawn in the page: real bytes of a real encoder, and nothing binary in the repository.

// Resolves to a file that `setInputFiles` takes.
export async function picture(page, width = 240, height = 150) {
  const base64 = await page.evaluate(
    ([width, height]) => {
      const canvas = Object.assign(document.createElement("canvas"), { width, height });
      const brush = canvas.getContext("2d");
      const sky = brush.createLinearGradient(0, 0, 0, height);
      sky.addColorStop(0, "#7c93ff");
      sky.addColorStop(1, "#ffd3a8");
      brush.fillStyle = sky;
      brush.fillRect(0, 0, width, height);
      brush.fillStyle = "#fff4d6";
      brush.arc(width * 0.7, height * 0.42, height * 0.14, 0, 7);
      brush.fill();
      for (const [tone, level] of [["#5b6cc0", 0.6], ["#3b4a94", 0.74], ["#232c5e", 0.88]]) {
        brush.fillStyle = tone;
        brush.beginPath();
        brush.moveTo(0, height);
        for (let x = 0; x <= width; x += 4) {
          brush.lineTo(x, height * (level + 0.07 * Math.sin(x / (22 + 30 * level) + level * 9)));
        }
        brush.lineTo(width, height);
        brush.fill();
      }
      return canvas.toDataURL("image/png").split(",")[1];
    },
    [width, height],
  );
  return { name: "hills.png", mimeType: "image/png", buffer: Buffer.from(base64, "base64") };
}
