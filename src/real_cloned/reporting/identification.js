(() => {
  "use strict";
  document.querySelectorAll(".recording").forEach((recording) => {
    const audio = recording.querySelector("audio");
    const cursor = recording.querySelector(".cursor");
    if (audio === null || cursor === null) return;
    recording.querySelectorAll(".stretch").forEach((stretch) => {
      stretch.addEventListener("click", () => {
        audio.currentTime = Number(stretch.dataset.start);
        audio.play().catch(() => {});
      });
    });
    audio.addEventListener("timeupdate", () => {
      if (!Number.isFinite(audio.duration)) return;
      cursor.hidden = false;
      cursor.style.left = `${(100 * audio.currentTime) / audio.duration}%`;
    });
  });
})();
